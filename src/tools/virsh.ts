import type { DomainDisk } from '../host-domains/domain.js';
import { parseDomainXml, type XmlDomain } from './domain-xml.js';
import { askHost } from './host-answer.js';

/** A domain of libvirt's that has its disks. */
export interface LibvirtDomain {
  readonly name: string;
  readonly state: 'running' | 'paused' | 'saved';
  readonly disks: readonly DomainDisk[];
}

const mark = '---';
const lists = ['list --uuid', 'list --uuid --state-paused', 'list --uuid --inactive --with-managed-save'];

/**
 * The running, paused and saved domains of one libvirt connection; none where libvirt doesn't answer, or has no driver for
 * it. Changes nothing. Throws a `ToolError` when it hangs.
 */
export async function libvirtDomainsAt(uri: string): Promise<LibvirtDomain[]> {
  const answer = await ask(uri, lists.join(`; echo ${mark}; `));
  const [active = [], paused = [], saved = []] = answer.split(mark).map(wordsOf);
  const uuids = [...active, ...saved];
  if (uuids.length === 0) return [];
  // One that has ended meanwhile is missing from the answer.
  const descriptions = await ask(uri, uuids.map((uuid) => `dumpxml ${uuid}`).join('; '));
  const texts = descriptions.match(/^<domain .*?^<\/domain>/gms) ?? [];
  const domains = texts.map(parseDomainXml).filter((domain) => domain !== undefined);
  return Promise.all(
    domains.map(async ({ name, uuid, disks, volumes }) => ({
      name,
      state: saved.includes(uuid) ? 'saved' : paused.includes(uuid) ? 'paused' : 'running',
      disks: [...disks, ...(await filesOf(uri, volumes))],
    })),
  );
}

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

async function filesOf(uri: string, volumes: XmlDomain['volumes']): Promise<DomainDisk[]> {
  const disks: DomainDisk[] = [];
  for (const { pool, volume, isQcow2 } of volumes) {
    const path = (await askVirsh(uri, ['vol-path', '--pool', pool, volume])).trim();
    if (path !== '') disks.push({ path, isQcow2 });
  }
  return disks;
}

/** Several commands separated by `;`. A failing one doesn't keep virsh from the next. */
const ask = (uri: string, commands: string): Promise<string> => askVirsh(uri, [commands]);

async function askVirsh(uri: string, command: readonly string[]): Promise<string> {
  const answer = await askHost('virsh', ['--readonly', '--quiet', '--connect', uri, ...command]);
  return answer.kind === 'answer' ? answer.text : '';
}

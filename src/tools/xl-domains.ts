import { z } from 'zod';
import type { DomainDisk } from '../host-domains/domain.js';
import { askHost, unanswered } from './host-answer.js';

/** A domain as `xl list` shows it. */
export interface XlDomain {
  readonly id: number;
  /** `(null)` for one that is almost gone. */
  readonly name: string;
  readonly state: 'running' | 'paused' | 'shut down but not yet removed' | 'crashed' | 'dying';
  /** None of a domain that another tool stack than xl has made. */
  readonly disks: readonly DomainDisk[];
}

/** Every domain of this host but dom0's own row, which has disks too when some were attached; undefined without xl. */
export async function xlDomains(): Promise<XlDomain[] | undefined> {
  const [table, details] = await Promise.all([ask('list'), ask('list', '-l')]);
  return table === undefined || details === undefined ? undefined : parseXlDomains(table, details);
}

async function ask(...args: readonly string[]): Promise<string | undefined> {
  const answer = await askHost('xl', args);
  if (answer.kind === 'failed') throw unanswered('xl', args, answer.detail);
  return answer.kind === 'answer' ? answer.text : undefined;
}

/** Reads what `xl list` and `xl list -l` print. Throws a `ToolError` for anything else. */
export function parseXlDomains(table: string, details: string): XlDomain[] {
  const disks = disksById(details);
  return table
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const row = rowOf(line);
      return { ...row, disks: disks.get(row.id) ?? [] };
    });
}

/** Name, number, memory, processors, state, time. The name may have blanks in it. */
function rowOf(line: string): Omit<XlDomain, 'disks'> {
  const [, name, id, letters] = /^(.*?)\s+(\d+)\s+\d+\s+\d+\s+([a-z-]{6})\s+[\d.]+\s*$/.exec(line) ?? [];
  if (name === undefined || letters === undefined) throw unanswered('xl', ['list'], `unclear: ${line}`);
  return { id: Number(id), name, state: stateOf(letters) };
}

/** The letters of xl(1), `rbpscd`; one that neither runs nor waits is about to be scheduled. */
function stateOf(letters: string): XlDomain['state'] {
  if (letters.includes('d')) return 'dying';
  if (letters.includes('c')) return 'crashed';
  if (letters.includes('s')) return 'shut down but not yet removed';
  return letters.includes('p') ? 'paused' : 'running';
}

/** libxl's own names of what a domain is made of (libxl_types.idl); what is the default is left out. */
const diskSchema = z.object({ pdev_path: z.string().nullish(), format: z.string().nullish() });
const configSchema = z.object({
  c_info: z.object({ name: z.string().nullish() }).nullish(),
  disks: z.array(diskSchema).nullish(),
});
const detailsSchema = z.array(z.object({ domid: z.number(), config: configSchema.nullish() }));

function disksById(details: string): Map<number, DomainDisk[]> {
  try {
    const domains = detailsSchema.parse(JSON.parse(details));
    return new Map(domains.map(({ domid, config }) => [domid, config ? disksOf(config) : []]));
  } catch (error) {
    throw unanswered(
      'xl',
      ['list', '-l'],
      'its answer is no JSON (output_format in /etc/xen/xl.conf?)',
      error,
    );
  }
}

/** An empty drive has no path. A relative one is below /dev (xl-disk-configuration(5)). */
const disksOf = ({ disks }: z.infer<typeof configSchema>): DomainDisk[] =>
  (disks ?? []).flatMap(({ pdev_path: path, format }) =>
    path ? [{ path: path.startsWith('/') ? path : `/dev/${path}`, isQcow2: format === 'qcow2' }] : [],
  );

/** Name and disks in the JSON text that describes one domain, as a saved domain's file holds it; undefined if it isn't. */
export function parseXlConfig(json: string): { name: string; disks: DomainDisk[] } | undefined {
  try {
    const config = configSchema.parse(JSON.parse(json));
    return { name: config.c_info?.name ?? '', disks: disksOf(config) };
  } catch {
    return undefined;
  }
}

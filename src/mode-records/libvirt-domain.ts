import { RecordError } from '../errors.js';
import {
  connectionOf,
  define,
  definitionOf,
  hindrance,
  type LibvirtName,
} from '../tools/virsh-definition.js';
import { type Definition, otherRecord, planFor, problem, readingOf } from './libvirt-plan.js';
import { isSameDomain } from './libvirt-same.js';
import { childOf, parseDomain } from './libvirt-xml.js';
import type { ModeRecord, RecordReading } from './mode-record.js';

/**
 * The definition that libvirt keeps of a domain, as the record of the virtual machine whose disk is the image at
 * `imagePath`. libvirt can't compare and set: what it has is read right before it is replaced, and read back. It prints a
 * definition in its own words, so that "already done" means the same but for what libvirt adds. Once it has been read,
 * `option` names the connection too, which may be found by other means in another environment.
 */
export function libvirtDomain({ uri, name }: LibvirtName, imagePath: string): ModeRecord {
  let connection = uri;
  const domain = (): LibvirtName => ({ ...(connection === undefined ? {} : { uri: connection }), name });
  const source = async (): Promise<Definition | ReturnType<typeof problem>> => {
    const found = await connectionOf(connection);
    if (found.kind === 'failed') return unreadable(name, found.reason);
    connection = found.text;
    const text = await current(domain());
    if (typeof text !== 'string') return unreadable(name, text.reason);
    return { text, name: `the libvirt domain ${name}`, where: `/libvirt/${name}` };
  };
  const read = async (): Promise<RecordReading> => {
    const definition = await source();
    return 'kind' in definition ? definition : readingOf(definition);
  };
  return {
    kind: 'libvirt',
    get option() {
      return `libvirt:${connection === undefined ? '' : `${connection}#`}${name}`;
    },
    name: `the libvirt domain ${name}`,
    read,
    plan: async (boot) => {
      const definition = await source();
      if ('kind' in definition) return definition;
      const plan = await planFor(definition, imagePath, boot);
      const hindered = plan.kind === 'flip' ? await hindrance(domain()) : undefined;
      return hindered === undefined ? plan : active(name, hindered);
    },
    // What was planned is what libvirt printed, byte for byte; what it makes of a conversion is printed anew.
    flip: ({ before, after }) => replaceDefinition(domain(), after, (found) => found === before),
    readBack: read,
    undo: ({ before, after }) => replaceDefinition(domain(), before, (found) => isSameDomain(after, found)),
  };
}

const unreadable = (name: string, reason: string) =>
  problem('record-unreadable', `the libvirt domain ${name} can't be read: ${reason}`, otherRecord);

const active = (name: string, reason: string) =>
  problem(
    'record-not-convertible',
    `the libvirt domain ${name} can't be changed: ${reason}`,
    `Shut the guest down, and drop what is saved with "virsh managedsave-remove ${name}" if it may be lost.`,
  );

/** The definition that libvirt has now. */
async function current(domain: LibvirtName): Promise<string | { readonly reason: string }> {
  const answer = await definitionOf(domain);
  if (answer.kind === 'failed') return answer;
  const parsed = parseDomain(answer.text);
  if (parsed.kind === 'unreadable') return parsed;
  const isIt = ['name', 'uuid'].some((key) => {
    return childOf(parsed.document.domain, key)?.text === Buffer.from(domain.name).toString('latin1');
  });
  return isIt ? answer.text : { reason: `virsh takes "${domain.name}" for another domain` };
}

/**
 * Gives libvirt the `wanted` definition if it has the expected one, and takes it back where libvirt makes something else
 * of it. Does nothing where it has the wanted one already. Throws a `RecordError` when it has neither, or the domain
 * isn't shut off.
 */
async function replaceDefinition(
  domain: LibvirtName,
  wanted: string,
  isExpected: (found: string) => boolean,
): Promise<void> {
  const found = await definitionOrThrow(domain);
  if (isSameDomain(wanted, found)) return;
  if (!isExpected(found)) {
    throw failure(
      domain,
      'has been changed by somebody else since it was read, and was left as it is',
      'Look at it with "virsh dumpxml --inactive" and run the same command again.',
    );
  }
  const hindered = await hindrance(domain);
  if (hindered !== undefined) {
    throw failure(domain, `can't be changed: ${hindered}`, 'Shut it down and run the same command again.');
  }
  await defineOrThrow(domain, wanted);
  if (isSameDomain(wanted, await definitionOrThrow(domain))) return;
  await defineOrThrow(domain, found);
  throw failure(
    domain,
    'was left as it was, because libvirt makes something else of the new definition',
    'Make the change by hand with "virsh edit".',
  );
}

async function definitionOrThrow(domain: LibvirtName): Promise<string> {
  const text = await current(domain);
  if (typeof text === 'string') return text;
  throw failure(domain, `can't be read: ${text.reason}`, 'Mend the cause and run the same command again.');
}

async function defineOrThrow(domain: LibvirtName, text: string): Promise<void> {
  const answer = await define(domain.uri, text);
  if (answer.kind === 'answer') return;
  throw failure(
    domain,
    `couldn't be defined: ${answer.reason}`,
    'Mend the cause and run the same command again, or make the change by hand with "virsh edit".',
  );
}

const failure = ({ name }: LibvirtName, message: string, remedy: string): RecordError =>
  new RecordError(`the libvirt domain ${name} ${message}`, { remedy });

import { namesIn, textAt } from '../../guest-files/guest-tree.js';
import { commandsOf, startsByItself, withoutStart } from '../../guest-files/upstart-job.js';
import type { Edit, Facts, GuestTree } from '../../model.js';
import { gettyOf, isSerialPort, loginReason, loginTerminal, serialReason } from './login-command.js';

/** Where jobs are: one file each, `tty1.conf` or, before upstart 0.6, `tty1`. */
interface Form {
  readonly folder: string;
  readonly ending: '.conf' | '';
  /** Whether `NAME.override` is read: upstart 1.3 and later. */
  readonly hasOverrides: boolean;
  readonly defaultStart: string;
}

const events: Form = {
  folder: '/etc/event.d',
  ending: '',
  hasOverrides: false,
  defaultStart: `${[2, 3, 4, 5].map((level) => `start on stopped rc${level}`).join('\n')}\n\n${[0, 1, 6].map((level) => `stop on runlevel ${level}`).join('\n')}`,
};

const jobs: Form = {
  folder: '/etc/init',
  ending: '.conf',
  hasOverrides: false,
  defaultStart: 'start on stopped rc RUNLEVEL=[2345]\nstop on runlevel [!2345]',
};

interface Job {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly overridePath: string;
  readonly override: string;
  readonly terminal: string | undefined;
  readonly isStarted: boolean;
}

/** A login on each of the devices, as a job of its own made like tty1's, and none on serial ports. */
export function upstartLogins({ tree, packages, initSystem }: Facts, devices: readonly string[]): Edit[] {
  const form = initSystem === 'upstart-events' ? events : { ...jobs, hasOverrides: knowsOverrides(packages) };
  const found = readJobs(tree, form);
  const serial = found.filter(({ terminal, isStarted }) => isStarted && isSerialPort(terminal));
  return [
    ...serial.map((job) => disabled(job, form)),
    ...devices.flatMap((device) => newLogin(found, form, device)),
  ];
}

function knowsOverrides(packages: Facts['packages']): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(packages.get('upstart') ?? '') ?? [];
  return Number(major ?? 0) > 1 || (major === '1' && Number(minor) >= 3);
}

function readJobs(tree: GuestTree, { folder, ending }: Form): Job[] {
  return namesIn(tree, folder).flatMap((file) => {
    const path = `${folder}/${file}`;
    const text =
      file.endsWith(ending) && !/\.(?:dpkg-\w+|override)$|~$/.test(file) ? textAt(tree, path) : undefined;
    if (text === undefined) return [];
    const name = file.slice(0, file.length - ending.length);
    const overridePath = `${folder}/${name}.override`;
    const override = ending === '' ? '' : (textAt(tree, overridePath) ?? '');
    const terminal = loginTerminal(commandsOf(text));
    return [
      { name, path, text, overridePath, override, terminal, isStarted: startsByItself(text, override) },
    ];
  });
}

/** By an override where upstart reads them, so that the job's own file stays as its package has it. */
function disabled(job: Job, { hasOverrides }: Form): Edit {
  const reason = serialReason(job.terminal ?? '');
  if (!hasOverrides) return { path: job.path, node: { kind: 'file', text: withoutStart(job.text) }, reason };
  const separator = job.override === '' || job.override.endsWith('\n') ? '' : '\n';
  const text = `${job.override}${separator}manual\n`;
  return { path: job.overridePath, node: { kind: 'file', text }, reason };
}

/** A job of the device's name that doesn't start by itself gets replaced, and so does what its override says. */
function newLogin(found: readonly Job[], form: Form, device: string): Edit[] {
  const isDone = found.some(
    ({ terminal, isStarted }) => isStarted && (terminal === device || terminal === 'console'),
  );
  if (isDone) return [];
  const reason = loginReason(device);
  const own = found.find(({ name }) => name === device);
  const hasWorkingFile = own !== undefined && own.terminal === device && startsByItself(own.text, '');
  const path = `${form.folder}/${device}${form.ending}`;
  return [
    ...(own === undefined || own.override === ''
      ? []
      : [{ path: own.overridePath, node: { kind: 'absent' }, reason } as const]),
    ...(hasWorkingFile
      ? []
      : [{ path, node: { kind: 'file', text: newJob(found, form, device) }, reason } as const]),
  ];
}

/** Like tty1's job, unless that is no plain getty. */
function newJob(found: readonly Job[], form: Form, device: string): string {
  const model = found.find(
    ({ name, terminal, isStarted }) => name === 'tty1' && terminal === 'tty1' && isStarted,
  );
  if (model !== undefined && isPlain(model.text)) return model.text.replace(/\btty1\b/g, device);
  const command = `exec ${gettyOf(commandsOf(model?.text ?? ''))} 38400 ${device}`;
  return `# ${device} - getty\n\n${form.defaultStart}\n\nrespawn\n${command}\n`;
}

/** One that asks for a name and password, by getty with a speed and a terminal and no more than the option for 8 bits. */
const isPlain = (text: string): boolean =>
  /^[ \t]*exec[ \t]+\/sbin\/a?getty(?:[ \t]+-8)?[ \t]+\d+[ \t]+tty1[ \t\r]*$/.test(commandsOf(text));

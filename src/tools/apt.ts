import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecaError } from 'execa';
import { ToolError } from '../errors.js';
import { run } from './run.js';

/** A folder that apt takes for the whole system: nothing outside of it is read but apt's own programs. */
export interface AptRoot {
  readonly directory: string;
  /** The user as whom apt runs; undefined: as whoever runs this program. */
  readonly user: SandboxUser | undefined;
  readonly signal: AbortSignal;
}

export interface SandboxUser {
  readonly uid: number;
  readonly gid: number;
}

/** What a run of apt-get said; `errors` are its lines that begin with E:, `warnings` those with W:. */
export interface AptAnswer {
  readonly ok: boolean;
  readonly lines: readonly string[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** The places in a private root that others fill. */
export const aptPlaces = {
  sources: 'etc/apt/sources.list.d',
  keys: 'keys',
  lists: 'var/lib/apt/lists',
  archives: 'var/cache/apt/archives',
  status: 'status',
} as const;

const folders = [
  'etc/apt/apt.conf.d',
  'etc/apt/preferences.d',
  'etc/apt/trusted.gpg.d',
  `${aptPlaces.lists}/partial`,
  `${aptPlaces.archives}/partial`,
  aptPlaces.sources,
  aptPlaces.keys,
  'tmp',
];

/** The largest list of an archive has some 100 MB, the largest package a few GB; a hostile server could send more. */
const largestFileBytes = 8 * 1024 * 1024 * 1024;

/** apt gives up on a server that says nothing for half a minute; this ends what else may go wrong. */
const runLimitMs = 2 * 60 * 60_000;

/** Makes the folders of a private root and its configuration, for packages of these architectures. */
export async function prepareAptRoot(root: AptRoot, architectures: readonly string[]): Promise<void> {
  const { directory } = root;
  // apt's configuration and source files have no way to write these.
  if (!/^[\w/.+-]+$/.test(directory)) {
    throw new ToolError(`apt can't work below ${directory}: there are odd characters in that path`, {
      remedy: 'name another folder with --cache',
    });
  }
  for (const folder of folders) await mkdir(join(directory, folder), { recursive: true, mode: 0o755 });
  await writeFile(join(directory, 'apt.conf'), configuration(directory, architectures, await hostNetwork()));
  const owned = [aptPlaces.lists, aptPlaces.archives].flatMap((path) => [path, `${path}/partial`]);
  for (const path of [...owned, 'tmp', 'var/lib/apt', 'var/cache/apt']) {
    if (root.user !== undefined) await chown(join(directory, path), root.user.uid, root.user.gid);
  }
}

/** Read before anything else and in place of the host's files, which its Dir hides (apt.conf(5)). */
function configuration(directory: string, architectures: readonly string[], network: string[]): string {
  const [first = 'amd64'] = architectures;
  return [
    `Dir "${directory}/";`,
    `Dir::State::status "${directory}/${aptPlaces.status}";`,
    `APT::Architecture "${first}";`,
    `APT::Architectures { ${architectures.map((name) => `"${name}";`).join(' ')} };`,
    'APT::Sandbox::User "";',
    // Nobody else knows this root.
    'Debug::NoLocking "true";',
    'APT::Get::AllowUnauthenticated "false";',
    'APT::Install-Recommends "false";',
    'APT::Install-Suggests "false";',
    'Acquire::AllowInsecureRepositories "false";',
    'Acquire::AllowWeakRepositories "false";',
    'Acquire::AllowDowngradeToInsecureRepositories "false";',
    'Acquire::Languages "none";',
    'Acquire::PDiffs "false";',
    'Acquire::http::Timeout "30";',
    'Acquire::https::Timeout "30";',
    'Acquire::Retries "1";',
    ...network,
    '',
  ].join('\n');
}

/** How this host reaches archives, and what its administrator says about the dates of theirs. */
const networkSettings =
  /^Acquire::(https?::(Proxy|CaInfo|CaPath|Verify|SslCert|SslKey)|Check-)\S* "[^"]*";$/i;

async function hostNetwork(): Promise<string[]> {
  const { stdout, exitCode } = await run({ reject: false, lines: true })`apt-config dump`;
  return exitCode === 0 ? stdout.filter((line) => networkSettings.test(line)) : [];
}

/**
 * The unprivileged user that Debian's apt has for what comes from outside; undefined unless we may become it and it can
 * reach the folder.
 */
export async function sandboxUser(directory: string): Promise<SandboxUser | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const { stdout } = await run({ reject: false })`getent passwd _apt`;
  const [, , uid, gid] = stdout.split(':').map(Number);
  if (uid === undefined || gid === undefined) return undefined;
  const user = { uid, gid };
  const { exitCode } = await run({ reject: false })`setpriv ${becoming(user)} test -r ${directory}`;
  return exitCode === 0 ? user : undefined;
}

const becoming = ({ uid, gid }: SandboxUser): string[] => [
  `--reuid=${uid}`,
  `--regid=${gid}`,
  '--clear-groups',
];

/**
 * Runs apt-get in a private root. An answer that isn't `ok` is left to the caller; only an apt that can't be run at
 * all throws a `ToolError`.
 */
export async function aptGet(
  root: AptRoot,
  args: readonly string[],
  onLine: (line: string) => void = () => {},
): Promise<AptAnswer> {
  const { directory, user, signal } = root;
  const as = user === undefined ? [] : becoming(user);
  const env = { APT_CONFIG: join(directory, 'apt.conf'), TMPDIR: join(directory, 'tmp') };
  const options = { env, cwd: directory, cancelSignal: signal, timeout: runLimitMs, all: true } as const;
  const child = run(
    options,
  )`setpriv ${as} --pdeathsig KILL prlimit --fsize=${largestFileBytes} apt-get --quiet=1 ${args}`;
  const lines: string[] = [];
  try {
    for await (const line of child.iterable({ from: 'all' })) {
      lines.push(line);
      onLine(line);
    }
    await child;
    return answer(true, lines);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExecaError)) throw error;
    if (error.code === 'ENOENT' || error.exitCode === 127) {
      throw new ToolError('apt-get is not installed on this host', {
        remedy: 'install apt, or use --packages guest-network',
        cause: error,
      });
    }
    if (error.timedOut) throw new ToolError(`apt-get ${args[0] ?? ''} took too long`, { cause: error });
    return answer(false, lines);
  }
}

function answer(ok: boolean, lines: readonly string[]): AptAnswer {
  const marked = (mark: string) =>
    lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length).trim());
  return { ok, lines, errors: marked('E:'), warnings: marked('W:') };
}

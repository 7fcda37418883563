import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What a program could do where it ran. Attempts that failed give the name of the error, those that worked `done`. */
const sightSchema = z.object({
  users: z.array(z.number()),
  groups: z.array(z.number()),
  capabilities: z.number(),
  noNewPrivileges: z.number(),
  interfaces: z.array(z.string()),
  variables: z.array(z.string()),
  root: z.array(z.string()),
  reading: z.record(z.string(), z.string()),
  writing: z.record(z.string(), z.string()),
  connecting: z.string(),
  signalling: z.string(),
  becomingRoot: z.string(),
  userNamespace: z.string(),
});

export type Sight = z.infer<typeof sightSchema>;

export interface Targets {
  /** Files of the host that no parser has any business with. */
  readonly secrets: readonly string[];
  /** A port at which this process listens on the loopback interface. */
  readonly port: number;
}

/** Writes a program of that name which tells what it can do, on both of its streams, and fails with this exit code. */
export async function placeProbe(
  folder: string,
  name: string,
  targets: Targets,
  exitCode = 1,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  const values = JSON.stringify({ ...targets, process: process.pid, exitCode });
  await writeFile(
    path,
    `#!/usr/bin/python3 -I\nimport json\ntargets = json.loads(r'''${values}''')\n${probe}`,
    {
      mode: 0o755,
    },
  );
  return path;
}

/** Finds what a probe told in whatever text it ended up in. */
export function sightIn(text: string): Sight {
  const [, json] = /PROBE(\{.*?\})END/.exec(text) ?? [];
  if (json === undefined) throw new Error(`no probe spoke: ${text}`);
  return sightSchema.parse(JSON.parse(json));
}

const probe = `
import ctypes, errno, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)

def attempt(action):
    try:
        action()
        return 'done'
    except OSError as error:
        return errno.errorcode.get(error.errno, 'unknown')

def capabilities():
    # capget(2) with version 3: effective, permitted and inheritable ones, twice 32 bits. The last give nothing to a
    # program without new privileges.
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    libc.capget(header, sets)
    return sum(sets[index] for index in (0, 1, 3, 4))

def write(path):
    with open(path, 'ab'): pass

def connect():
    with socket.create_connection(('127.0.0.1', targets['port']), 5): pass

def unshare_user():
    if libc.unshare(0x10000000) != 0: raise OSError(ctypes.get_errno(), 'unshare')

sight = {
    'users': os.getresuid(),
    'groups': sorted({*os.getresgid(), *os.getgroups()}),
    'capabilities': capabilities(),
    'noNewPrivileges': libc.prctl(39, 0, 0, 0, 0),
    'interfaces': [name for _, name in socket.if_nameindex()],
    'variables': sorted(os.environ),
    'root': sorted(os.listdir('/')),
    'reading': {path: attempt(lambda: open(path, 'rb').close()) for path in targets['secrets']},
    'writing': {path: attempt(lambda: write(path)) for path in [*targets['secrets'], '/probe', '/usr/probe', '/etc/probe']},
    'connecting': attempt(connect),
    'signalling': attempt(lambda: os.kill(targets['process'], 0)),
    'becomingRoot': attempt(lambda: os.setuid(0)),
    'userNamespace': attempt(unshare_user),
}
for stream in sys.stdout, sys.stderr:
    print('PROBE' + json.dumps(sight) + 'END', file=stream, flush=True)
sys.exit(targets['exitCode'])
`;

import { readFileSync } from 'node:fs';
import test from 'ava';
import { ToolError } from '../../../src/errors.js';
import { parseXlDomains } from '../../../src/tools/xl-domains.js';

const answer = (name: string): string => readFileSync(`test/unit/tools/xen-answers/${name}`, 'latin1');
const details = (...domains: readonly object[]): string => JSON.stringify(domains);
const table = (row: string): string => `Name      ID   Mem VCPUs\tState\tTime(s)\n${row}\n`;

test('what the real xl says', (t) => {
  const disks = [{ path: '/dev/vda', isQcow2: false }];
  t.deepEqual(parseXlDomains(answer('xl-list.txt'), answer('xl-list-l.json')), [
    { id: 0, name: 'Domain-0', state: 'running', disks },
    { id: 1, name: 'web 1', state: 'running', disks },
    { id: 2, name: 'db', state: 'paused', disks },
  ]);
});

for (const [letters, state] of [
  ['-b----', 'running'],
  ['--p---', 'paused'],
  ['---s--', 'shut down but not yet removed'],
  ['----c-', 'crashed'],
  ['--ps-d', 'dying'],
] as const) {
  test(`the state ${letters} is ${state}`, (t) => {
    const [domain] = parseXlDomains(table(`web1   7   256     1     ${letters}      12.5`), '[]');
    t.deepEqual(domain, { id: 7, name: 'web1', state, disks: [] });
  });
}

test('a domain that is almost gone, one of another tool stack, an empty drive, a name below /dev', (t) => {
  const rows = [
    '(null)                                       3     0     1     --ps-d      15.6',
    'cirros                                       4   256     2     -b----       1.0',
    'a-name-that-is-longer-than-the-forty-columns-of-the-table     5   256     2     r-----  104021.7',
  ].join('\n');
  const disks = [{ vdev: 'hdc', is_cdrom: 1 }, { pdev_path: '' }, { pdev_path: 'vg/web', format: 'qcow2' }];
  const found = parseXlDomains(
    table(rows),
    details({ domid: 4, config: null }, { domid: 5, config: { disks } }),
  );
  t.deepEqual(
    found.map(({ id, name, disks: theirs }) => [id, name, theirs]),
    [
      [3, '(null)', []],
      [4, 'cirros', []],
      [
        5,
        'a-name-that-is-longer-than-the-forty-columns-of-the-table',
        [{ path: '/dev/vg/web', isQcow2: true }],
      ],
    ],
  );
});

for (const [title, list, json] of [
  ['a row of another form', table('web1 seven'), '[]'],
  ['no JSON', table('web1 7 256 1 r----- 1.0'), 'xl: no'],
  ['JSON of another form', table('web1 7 256 1 r----- 1.0'), '{"domid": 7}'],
] as const) {
  test(`${title} is not taken for "nobody has the disk"`, (t) => {
    t.throws(() => parseXlDomains(list, json), { instanceOf: ToolError, message: /can't be found out/ });
  });
}

/**
 * Golden guests with mistakes in their files: lines that are missing, doubled, swapped, cut or strange. Whatever they are,
 * there is an answer, and a plan that was carried out leaves nothing more to plan.
 */
import test from 'ava';
import fc from 'fast-check';
import type { Facts, GuestNode } from '../../src/model.js';
import { plan } from '../../src/plan/plan.js';
import { rules } from '../../src/plan/rules/list.js';
import { builtInSites, makeRequest } from '../../src/request.js';
import { applied, goldenNames, readGolden, repaired } from './golden-guest.js';

const runs = Number(process.env.MUTATIONS ?? 4);

/** What happens to one line, which is chosen by a fraction of the file's length. */
const mutation = fc.record({
  file: fc.nat(),
  line: fc.nat(),
  kind: fc.constantFrom('remove', 'double', 'swap', 'cut', 'insert', 'join', 'indent'),
  text: fc.oneof(
    fc.constantFrom(
      '',
      ' ',
      '\t',
      '#',
      '}',
      '{',
      '"',
      "'",
      '\\',
      'iface',
      'auto eth0',
      '- ',
      'network:',
      '[Match]',
    ),
    fc.string({ maxLength: 12, unit: 'binary-ascii' }),
  ),
});

type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

function mutated(text: string, { line, kind, text: other }: Mutation): string {
  const lines = text.split('\n');
  const at = line % lines.length;
  const here = lines[at] ?? '';
  const next = lines[at + 1] ?? '';
  const change = {
    remove: [],
    double: [here, here],
    swap: [next, here],
    cut: [here.slice(0, Math.floor(here.length / 2))],
    insert: [other, here],
    join: [`${here}${other}${next}`],
    indent: [`${other}${here}`],
  }[kind];
  const taken = kind === 'swap' || kind === 'join' ? 2 : 1;
  return [...lines.slice(0, at), ...change, ...lines.slice(at + taken)].join('\n');
}

/** Files that a conversion reads rather than those that only say which release it is. */
const isInteresting = (path: string): boolean => !/release|issue|debian_version/.test(path);

function withMistakes(facts: Facts, mutations: readonly Mutation[]): Facts {
  const tree = new Map<string, GuestNode>(facts.tree);
  const paths = [...tree].flatMap(([path, node]) =>
    node.kind === 'file' && isInteresting(path) ? [path] : [],
  );
  for (const each of mutations) {
    const path = paths[each.file % paths.length] ?? '';
    const node = tree.get(path);
    if (node?.kind === 'file') tree.set(path, { ...node, text: mutated(node.text, each) });
  }
  return { ...facts, tree };
}

for (const name of goldenNames()) {
  test(`${name} with mistakes: an answer, and nothing more to plan after it`, (t) => {
    const { facts, flags } = readGolden(name);
    const request = makeRequest(flags, builtInSites);
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
        const guest = withMistakes(facts, mutations);
        const planning = plan(guest, request, rules);
        if (planning.kind !== 'plan') return;
        const { steps, boot } = planning.plan;
        const kernels = guest.kernels.map((kernel) => repaired(kernel, steps));
        const again = plan({ ...guest, tree: applied(guest.tree, steps), kernels }, request, rules);
        t.is(again.kind, 'already-pv', JSON.stringify(again).slice(0, 600));
        t.deepEqual('plan' in again ? again.plan.boot : undefined, boot);
      }),
      { numRuns: runs },
    );
    t.pass();
  });
}

import { readdirSync, readFileSync } from 'node:fs';

/** Pairs of definitions: `NAME.hvm.xml` and what it becomes, `NAME.pv.xml`. */
export const exampleFolder = 'test/unit/mode-records/libvirt';

/** The names of all pairs. */
export const exampleNames: readonly string[] = readdirSync(exampleFolder)
  .filter((name) => name.endsWith('.hvm.xml'))
  .map((name) => name.replace(/\.hvm\.xml$/, ''))
  .sort();

/** One half of a pair, one character per byte. */
export const example = (name: string, mode: 'hvm' | 'pv'): string =>
  readFileSync(`${exampleFolder}/${name}.${mode}.xml`, 'latin1');

/** Something that is done to a text at a place given as a share of its length. */
type Mutation = (text: string, at: number) => string;

const mutations: readonly Mutation[] = [
  (text, at) => text.slice(0, at),
  (text, at) => text.slice(0, at) + text.slice(at + 1),
  (text, at) => withoutTag(text, at),
  (text, at) => text.slice(0, at) + (text[at] ?? '') + text.slice(at),
  ...[
    '<',
    '>',
    '&',
    '"',
    "'",
    '\0',
    '\xff',
    '&#x0;',
    '&amp;',
    '<a/>',
    '<!-- x -->',
    '<![CDATA[x]]>',
    '<?x y?>',
  ].map((what) => (text: string, at: number) => text.slice(0, at) + what + text.slice(at)),
  (text) => text.replaceAll("'", '"'),
  (text) => text.replace('hvm', 'linux'),
  (text) => text.replace(/<disk/, '<disk '),
  (text) => `${text}${text}`,
];

function withoutTag(text: string, at: number): string {
  const start = text.indexOf('<', at);
  const end = text.indexOf('>', start);
  return start === -1 || end === -1 ? text : text.slice(0, start) + text.slice(end + 1);
}

/** How many ways there are to spoil a text. */
export const mutationCount = mutations.length;

/** Spoils a text in one of those ways; `share` (0 to 1) says where. */
export const mutated = (text: string, which: number, share: number): string =>
  mutations[which]?.(text, Math.floor(share * text.length)) ?? text;

/**
 * A strict reader of Prometheus' text format, version 0.0.4, by its specification
 * (prometheus.io/docs/instrumenting/exposition_formats): every family has HELP and TYPE before its samples, once, and its
 * samples together; histograms have all their parts, and buckets that never fall.
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

/** Reads the text; throws for whatever the format forbids. */
export function readExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no line feed');
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  let current = '';
  for (const line of text.slice(0, -1).split('\n')) {
    const [, help, helpText = ''] = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    const [, typed, type = ''] = typeLine.exec(line) ?? [];
    if (help !== undefined) once(helps, help, helpText);
    else if (typed === undefined) addSample(families.get(current), current, line);
    else once(families, typed, { type, help: helps.get(typed) ?? '', samples: [] });
    current = typed ?? current;
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

const typeLine = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/;

function once<T>(known: Map<string, T>, name: string, value: T): void {
  if (known.has(name)) throw new Error(`${name} is declared a second time`);
  known.set(name, value);
}

const parts: Readonly<Record<string, readonly string[]>> = { histogram: ['_bucket', '_sum', '_count'] };

function addSample(family: Family | undefined, name: string, line: string): void {
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (match === null || family === undefined) throw new Error(`not understood: ${line}`);
  const [, sample = '', labels = '', value = ''] = match;
  const names = (parts[family.type] ?? ['']).map((ending) => name + ending);
  if (!names.includes(sample)) throw new Error(`${sample} stands among the samples of ${name}`);
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Error(`no number: ${line}`);
  family.samples.push({ name: sample, labels: readLabels(labels), value: number });
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const pattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/gy;
  let read = 0;
  for (const match of text.matchAll(pattern)) {
    labels[match[1] ?? ''] = match[2] ?? '';
    read += match[0].length;
  }
  if (read !== text.length) throw new Error(`labels that aren't: ${text}`);
  return labels;
}

function checkFamily(name: string, { type, help, samples }: Family): void {
  if (help === '') throw new Error(`${name} has no HELP before its TYPE`);
  if (samples.length === 0) throw new Error(`${name} has no samples`);
  const keys = samples.map((one) => JSON.stringify([one.name, one.labels]));
  if (new Set(keys).size !== keys.length) throw new Error(`${name} has a sample twice`);
  if (type === 'counter' && !name.endsWith('_total')) throw new Error(`the counter ${name} has no _total`);
  if (type !== 'histogram') return;
  const buckets = samples.filter((one) => one.name === `${name}_bucket`);
  const counts = buckets.map(({ value }) => value);
  if (counts.some((value, index) => value < (counts[index - 1] ?? 0))) throw new Error(`${name} falls`);
  const bounds = buckets.map(({ labels }) => Number(labels.le?.replace('+Inf', 'Infinity')));
  if (bounds.some((bound, index) => bound <= (bounds[index - 1] ?? 0))) throw new Error(`${name}: bounds`);
  const total = samples.find((one) => one.name === `${name}_count`)?.value;
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== total) throw new Error(`${name}: +Inf`);
  if (!samples.some((one) => one.name === `${name}_sum`)) throw new Error(`${name}: no sum`);
}

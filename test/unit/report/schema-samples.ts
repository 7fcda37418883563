/** Values of a schema in which every text comes from a source: nothing that a report may hold is forgotten. */
import type { z } from 'zod';

type Texts = () => string;

/** Of the parts of zod's definitions that reports use. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly innerType?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly entries?: Readonly<Record<string, string>>;
  readonly values?: readonly unknown[];
  readonly valueType?: z.ZodType;
}

/** A value with every optional part, two of each list, and of each choice the one with this number. */
export function sampleOf(schema: z.ZodType, text: Texts, choice: number): unknown {
  const definition = schema.def as unknown as Definition;
  const sample = (part: z.ZodType | undefined): unknown => {
    if (part === undefined) throw new Error(`${definition.type} has no such part`);
    return sampleOf(part, text, choice);
  };
  const pick = <T>(all: readonly T[]): T | undefined => all[choice % all.length];
  switch (definition.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(definition.shape ?? {}).map(([key, value]) => [key, sample(value)]),
      );
    case 'array':
      return [sample(definition.element), sample(definition.element)];
    case 'record':
      return { [text()]: sample(definition.valueType), [text()]: sample(definition.valueType) };
    case 'optional':
      return sample(definition.innerType);
    case 'union':
      return sample(pick(definition.options ?? []));
    case 'enum':
      return pick(Object.values(definition.entries ?? {}));
    case 'literal':
      return definition.values?.[0];
    case 'string':
      return text();
    case 'number':
      return 1234;
    case 'boolean':
      return choice % 2 === 0;
    default:
      throw new Error(`no sample of ${definition.type}`);
  }
}

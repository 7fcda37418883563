import { resolve } from 'node:path';
import { z } from 'zod';
import type { Database } from '../database/transaction.js';
import { UsageError } from '../errors.js';
import { type InvirtSettings, invirtSettingsSchema } from './invirt-settings.js';

/** Which machine of which database, and what the site calls its tables. */
export interface InvirtPlace {
  readonly database: Database;
  /** As the database has it. */
  readonly machine: string;
  readonly settings: InvirtSettings;
  /** What finds it again, as `--record` takes it: with the site's settings, without any password. */
  readonly option: string;
}

export type InvirtOption =
  | { readonly kind: 'place'; readonly place: InvirtPlace }
  | { readonly kind: 'invalid'; readonly message: string; readonly remedy: string };

const kind = 'invirt:';

/** The long form, which a journal keeps: undo and the next run find the record as this run did. */
const longForm = z.strictObject({
  database: z.string(),
  machine: z.string(),
  settings: invirtSettingsSchema,
});

/**
 * Reads what stands behind `--record invirt:`: `URL#MACHINE`, `DIRECTORY#MACHINE`, or the form with settings that a
 * journal keeps. Asks no database. No answer repeats a password.
 */
export function parseInvirtOption(where: string): InvirtOption {
  if (where.startsWith('{')) return parseLongForm(where);
  const hash = where.indexOf('#');
  if (hash < 1 || hash === where.length - 1) {
    return invalid('--record invirt: names no database or no machine', form);
  }
  return place(where.slice(0, hash), where.slice(hash + 1), invirtSettingsSchema.parse({}));
}

const form = 'write it as invirt:postgres://HOST/DATABASE#MACHINE or invirt:DIRECTORY#MACHINE';

const invalid = (message: string, remedy: string): InvirtOption => ({ kind: 'invalid', message, remedy });

function parseLongForm(where: string): InvirtOption {
  try {
    const { database, machine, settings } = longForm.parse(JSON.parse(where));
    return place(database, machine, settings);
  } catch {
    return invalid('--record invirt:{…} is not what a journal keeps', form);
  }
}

function place(name: string, machine: string, settings: InvirtSettings): InvirtOption {
  const database = databaseOf(name);
  if ('message' in database) return invalid(database.message, database.remedy);
  const at = database.kind === 'server' ? database.url : database.directory;
  const hasDefaults = JSON.stringify(settings) === JSON.stringify(invirtSettingsSchema.parse({}));
  const isShort = hasDefaults && !at.includes('#') && !at.startsWith('{');
  const option = isShort ? `${at}#${machine}` : JSON.stringify({ database: at, machine, settings });
  return { kind: 'place', place: { database, machine, settings, option: `${kind}${option}` } };
}

function databaseOf(name: string): Database | { readonly message: string; readonly remedy: string } {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(name)) return { kind: 'embedded', directory: resolve(name) };
  // `postgres://me@/invirt?host=/run/postgresql` is libpq's way to say that there is no host, and no valid URL.
  const url = name.replace('@/', '@localhost/');
  if (!URL.canParse(url) || !/^postgres(ql)?:\/\//i.test(url)) {
    return {
      message: '--record invirt: names its database by something that is no postgres:// URL',
      remedy: form,
    };
  }
  const { password, searchParams } = new URL(url);
  if (password === '' && !searchParams.has('password')) return { kind: 'server', url: name };
  return {
    message: '--record invirt: has a password in it, which every user of this host could see',
    remedy: 'leave it out, and put it into ~/.pgpass or the environment as PGPASSWORD, for undo as well',
  };
}

/**
 * Gives `--record invirt:…` the settings of the configuration file, so that it says all by itself; any other value stays
 * as it is. Throws a `UsageError` for settings that aren't as they should be.
 */
export function withInvirtSettings(record: string, settings: unknown): string {
  const parsed = invirtSettingsSchema.safeParse(settings ?? {});
  if (!parsed.success) {
    throw new UsageError(
      `the section invirt of the configuration file is not as it should be: ${z.prettifyError(parsed.error)}`,
    );
  }
  if (!record.startsWith(kind) || record.startsWith(`${kind}{`)) return record;
  const option = parseInvirtOption(record.slice(kind.length));
  if (option.kind === 'invalid') return record;
  const { database, machine } = option.place;
  const at = database.kind === 'server' ? database.url : database.directory;
  const full = parseInvirtOption(JSON.stringify({ database: at, machine, settings: parsed.data }));
  return full.kind === 'place' ? full.place.option : record;
}

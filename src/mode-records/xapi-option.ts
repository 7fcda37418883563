import { z } from 'zod';
import { UsageError } from '../errors.js';
import type { PoolAddress } from '../xapi/pool-address.js';
import { type XapiSettings, xapiSettingsSchema } from './xapi-settings.js';

/** Which VM of which pool, and what the site says about them. */
export interface XapiPlace {
  readonly pool: PoolAddress;
  /** A uuid or a name-label. */
  readonly vm: string;
  readonly settings: XapiSettings;
  /** What finds it again, as `--record` takes it: with the site's settings, without any password. */
  readonly option: string;
}

export type XapiOption =
  | { readonly kind: 'place'; readonly place: XapiPlace }
  | { readonly kind: 'invalid'; readonly message: string; readonly remedy: string };

const kind = 'xapi:';
const form = 'write it as xapi:https://HOST#VM or xapi:https://USER@HOST#VM';

/** The long form, which a journal keeps: undo and the next run find the record as this run did. */
const longForm = z.strictObject({ url: z.string(), vm: z.string().min(1), settings: xapiSettingsSchema });

/**
 * Reads what stands behind `--record xapi:`: `https://HOST#VM`, or the form with settings that a journal keeps. Asks no
 * pool. No answer repeats a password. The user is `root` unless the URL names one.
 */
export function parseXapiOption(where: string): XapiOption {
  if (where.startsWith('{')) return parseLongForm(where);
  const hash = where.indexOf('#');
  if (hash < 1 || hash === where.length - 1)
    return invalid('--record xapi: names no pool or no virtual machine', form);
  return place(where.slice(0, hash), where.slice(hash + 1), xapiSettingsSchema.parse({}));
}

/** The same VM by its uuid, which no other one ever gets, whatever either of them is called later. */
export function byUuid(known: XapiPlace, uuid: string): XapiPlace {
  const where = known.option.slice(kind.length);
  const url = where.startsWith('{')
    ? longForm.parse(JSON.parse(where)).url
    : where.slice(0, where.indexOf('#'));
  const found = place(url, uuid, known.settings);
  return found.kind === 'place' ? found.place : known;
}

const invalid = (message: string, remedy: string): XapiOption => ({ kind: 'invalid', message, remedy });

function parseLongForm(where: string): XapiOption {
  try {
    const { url, vm, settings } = longForm.parse(JSON.parse(where));
    return place(url, vm, settings);
  } catch {
    return invalid('--record xapi:{…} is not what a journal keeps', form);
  }
}

function place(text: string, vm: string, settings: XapiSettings): XapiOption {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.password !== '') {
    return invalid(
      '--record xapi: has a password in it, which every user of this host could see',
      'leave it out, and put it into XAPI_PASSWORD or a file that xapi.password-file in the configuration file names',
    );
  }
  const wrong = url === undefined ? 'something that is no URL' : whatIsWrong(url);
  if (url === undefined || wrong !== undefined)
    return invalid(`--record xapi: names its pool by ${wrong}`, form);
  const at = `https://${url.username === '' ? '' : `${url.username}@`}${url.host}`;
  const hasDefaults = JSON.stringify(settings) === JSON.stringify(xapiSettingsSchema.parse({}));
  const option = hasDefaults ? `${at}#${vm}` : JSON.stringify({ url: at, vm, settings });
  return { kind: 'place', place: { pool: poolAt(url, settings), vm, settings, option: `${kind}${option}` } };
}

/** XAPI takes the password as it is, so that the connection must hide it. */
function whatIsWrong({ protocol, hostname, pathname, search }: URL): string | undefined {
  if (protocol !== 'https:') return 'a URL that does not begin with https://';
  if (hostname === '') return 'a URL without a host';
  return pathname === '/' && search === '' ? undefined : 'a URL with more in it than a host';
}

function poolAt({ host, username }: URL, settings: XapiSettings): PoolAddress {
  const { 'password-file': passwordFile, ca, 'allow-unauthorized': allowUnauthorized } = settings;
  return {
    host,
    user: username === '' ? 'root' : decodeURIComponent(username),
    ...(passwordFile === undefined ? {} : { passwordFile }),
    ...(ca === undefined ? {} : { ca }),
    allowUnauthorized,
  };
}

/**
 * Gives `--record xapi:…` the settings of the configuration file, so that it says all by itself; any other value stays as
 * it is. Throws a `UsageError` for settings that aren't as they should be.
 */
export function withXapiSettings(record: string, settings: unknown): string {
  const parsed = xapiSettingsSchema.safeParse(settings ?? {});
  if (!parsed.success) {
    throw new UsageError(
      `the section xapi of the configuration file is not as it should be: ${z.prettifyError(parsed.error)}`,
    );
  }
  if (!record.startsWith(kind) || record.startsWith(`${kind}{`)) return record;
  const option = parseXapiOption(record.slice(kind.length));
  if (option.kind === 'invalid') return record;
  const [url = ''] = option.place.option.slice(kind.length).split('#', 1);
  const full = parseXapiOption(JSON.stringify({ url, vm: option.place.vm, settings: parsed.data }));
  return full.kind === 'place' ? full.place.option : record;
}

import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Agent } from 'undici';
import type { Xapi } from 'xen-api';
import { PoolError } from '../errors.js';
import { readPassword } from './password.js';
import type { PoolAddress } from './pool-address.js';
import { poolError } from './pool-error.js';

/** Calls one of XAPI's methods, the session left out. An answer is what came over the wire. Throws a `PoolError`. */
export type Call = (method: string, ...args: readonly unknown[]) => Promise<unknown>;

/** Milliseconds for each: the connection, and one call with its answer. */
const connectLimit = 10_000;
const callLimit = 30_000;

/**
 * Logs in while `use` runs, and out again. A session that expires meanwhile is renewed once a call. Every call has a time
 * limit. Throws a `PoolError`; one of kind `lost` also where an answer is missing, so that it may be done.
 */
export async function withPool<T>(address: PoolAddress, use: (call: Call) => Promise<T>): Promise<T> {
  const { user } = address;
  const auth = { user, password: await readPassword(address.passwordFile) };
  const dispatcher = await dispatcherFor(address);
  const xapi = await xapiAt(address, auth, dispatcher);
  try {
    await xapi.connect().catch((error: unknown) => {
      throw poolError(error, address);
    });
    return await use(async (method, ...args) => {
      try {
        return await xapi.call(method, ...args);
      } catch (error) {
        throw poolError(error, address);
      }
    });
  } finally {
    await xapi.disconnect().catch(() => undefined);
    // For the answer to the logout; a pool that has stopped would not even give that.
    await Promise.race([dispatcher.close(), setTimeout(1000, undefined, { ref: false })]);
    await dispatcher.destroy();
  }
}

async function xapiAt(
  { host, allowUnauthorized }: PoolAddress,
  auth: { readonly user: string; readonly password: string },
  dispatcher: Agent,
): Promise<Xapi> {
  // Loaded by who needs it: a conversion without a pool starts faster.
  const { Xapi } = await import('xen-api');
  const xapi = new Xapi({
    url: `https://${host}`,
    auth,
    allowUnauthorized,
    callTimeout: callLimit,
    roCallRetryOptions: { tries: 3, delay: 500 },
    watchEvents: false,
  });
  // It has no option for a certificate to trust, nor a way to end its connections.
  xapi._undiciDispatcher = dispatcher;
  xapi._setUrl(xapi._url);
  return xapi;
}

async function dispatcherFor({ ca, allowUnauthorized }: PoolAddress): Promise<Agent> {
  const { Agent } = await import('undici');
  const { rootCertificates } = await import('node:tls');
  const trusted = ca === undefined ? {} : { ca: [...rootCertificates, await readCertificate(ca)] };
  return new Agent({
    headersTimeout: callLimit,
    bodyTimeout: callLimit,
    connect: { ...trusted, rejectUnauthorized: !allowUnauthorized, timeout: connectLimit },
  });
}

const readCertificate = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: Error) => {
    throw new PoolError(`the certificate that xapi.ca names can't be read: ${error.message}`, 'answer', '', {
      remedy: 'mend xapi.ca in the configuration file',
    });
  });

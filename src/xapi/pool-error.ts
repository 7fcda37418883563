import { PoolError } from '../errors.js';
import type { PoolAddress } from './pool-address.js';

/** What the client threw, as a `PoolError`: what XAPI said, else what became of the connection. */
export function poolError(error: unknown, address: PoolAddress): PoolError {
  if (error instanceof PoolError) return error;
  const code = codeOf(error);
  const params = paramsOf(error);
  if (params !== undefined) return answered(code, params, address, error);
  const certificate = certificateProblem(code, address);
  if (certificate !== undefined) {
    const { message, remedy } = certificate;
    return new PoolError(message, 'answer', '', { remedy, cause: error });
  }
  const message = messageOf(error);
  // Something listens there that speaks otherwise.
  const isOther =
    /^unexpect statusCode|JSON|UnsupportedTransport/.test(message) || error instanceof SyntaxError;
  if (isOther) {
    const remedy = 'name a host of the pool, with the port of XAPI if it is not 443';
    return new PoolError(`what answers there is not XAPI: ${message}`, 'answer', '', {
      remedy,
      cause: error,
    });
  }
  return new PoolError(message, 'lost', '', { cause: error });
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** XAPI's errors are its own word and its details (datamodel_errors.ml). */
function paramsOf(error: unknown): readonly string[] | undefined {
  if (!(error instanceof Error) || !('params' in error) || !Array.isArray(error.params)) return undefined;
  return error.params.map(String);
}

/** Of several attempts to connect, node's error has the messages inside only. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  return error.name === 'TimeoutError' ? 'there was no answer within 30 s' : error.message;
}

/** By XAPI's word for it: what it means here, and what to do. Others are shown as XAPI says them. */
const meanings: Readonly<
  Record<string, (params: readonly string[], address: PoolAddress) => readonly [string, string]>
> = {
  SESSION_AUTHENTICATION_FAILED: (_, { user }) => [
    `it knows no user ${user} with this password`,
    'mend the password, or name the user: xapi:https://USER@HOST#VM',
  ],
  HOST_IS_SLAVE: ([master = '']) => [
    `neither it nor ${master}, which it calls the pool's master, is the master`,
    "name the pool's master",
  ],
  RBAC_PERMISSION_DENIED: ([permission = ''], { user }) => [
    `the user ${user} has no role that may call ${permission}`,
    'name a user with the role vm-admin or higher: xapi:https://USER@HOST#VM',
  ],
  OTHER_OPERATION_IN_PROGRESS: ([, , operation = 'another operation']) => [
    `${operation} is in progress on the VM`,
    'wait until it has ended',
  ],
  HOST_STILL_BOOTING: () => ['it is still starting', 'wait until it has started'],
  SESSION_INVALID: () => ['it gave up the session, and the new one as well', 'try again'],
};

function answered(code: string, params: readonly string[], address: PoolAddress, cause: unknown): PoolError {
  const [message, remedy] = meanings[code]?.(params, address) ?? [
    `it says ${[code, ...params].join(' ')}`,
    '',
  ];
  return new PoolError(message, 'answer', code, { remedy, cause });
}

/** Node's and OpenSSL's words for a certificate that nobody known vouches for (tls.html, "X509 certificate error codes"). */
const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

function certificateProblem(code: string, { host }: PoolAddress) {
  if (untrusted.has(code)) {
    return {
      message: `its certificate is self-signed, as that of every XenServer and XCP-ng is at first, so nothing shows that it is ${host} (${code})`,
      remedy: `keep its certificate in a file ("openssl s_client -showcerts -connect ${host.includes(':') ? host : `${host}:443`}" shows it), compare it with the one on the host, and name the file as xapi.ca in the configuration file; or set xapi.allow-unauthorized there`,
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code.startsWith('CERT_')) {
    return {
      message: `its certificate doesn't fit ${host}, or its time: ${code}`,
      remedy: 'call the host by the name in its certificate, mend that, or set xapi.allow-unauthorized',
    };
  }
  return undefined;
}

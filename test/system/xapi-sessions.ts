import { randomUUID } from 'node:crypto';
import type { Field, XapiDatabase } from './xapi-database.js';
import { isWrite, runMethod, XapiFailure } from './xapi-methods.js';

/** Everybody's. */
export const password = 'hush-hush';

/** `reader` has the role read-only. */
const users = new Set(['root', 'reader']);

export interface SessionOptions {
  readonly domainTypes?: boolean;
  /** It isn't the pool's master; this address is. */
  readonly slaveOf?: string;
}

export interface Sessions {
  /** `params` as they came, the session first. Throws an `XapiFailure`. */
  readonly carryOut: (method: string, params: readonly Field[]) => Field;
  /** Every session is no more. */
  readonly expire: () => void;
}

/** Carries out methods for those who have logged in, as their roles allow (xen-api's datamodel.ml, rbac.ml). */
export function sessionsOn(database: XapiDatabase, options: SessionOptions): Sessions {
  const sessions = new Map<string, string>();

  function login(user: string, given: string): string {
    if (options.slaveOf !== undefined) throw new XapiFailure('HOST_IS_SLAVE', options.slaveOf);
    if (!users.has(user) || given !== password)
      throw new XapiFailure('SESSION_AUTHENTICATION_FAILED', user, 'Authentication failure');
    const session = `OpaqueRef:${randomUUID()}`;
    sessions.set(session, user);
    return session;
  }

  function inSession(method: string, session: string, params: readonly Field[]): Field {
    const user = sessions.get(session);
    if (user === undefined) throw new XapiFailure('SESSION_INVALID', session);
    if (method === 'session.logout') {
      sessions.delete(session);
      return '';
    }
    if (isWrite(method) && user === 'reader')
      throw new XapiFailure('RBAC_PERMISSION_DENIED', method.toLowerCase(), 'No permission in user session');
    return runMethod(database, options.domainTypes ?? true, method, params);
  }

  return {
    carryOut: (method, [first, ...others]) => {
      if (method === 'system.listMethods')
        return [...database.keys()].map((name) => `${name}.get_all_records`);
      return method === 'session.login_with_password'
        ? login(String(first), String(others[0]))
        : inSession(method, String(first), others);
    },
    expire: () => sessions.clear(),
  };
}

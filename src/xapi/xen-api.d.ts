/** The package has no types of its own. Those of version 4.7.6, as far as they are used. */
declare module 'xen-api' {
  import type { Dispatcher } from 'undici';

  interface XapiOptions {
    readonly url: string;
    readonly auth: { readonly user: string; readonly password: string };
    readonly allowUnauthorized: boolean;
    /** Milliseconds for each call. */
    readonly callTimeout: number;
    readonly roCallRetryOptions: { readonly tries: number; readonly delay: number };
    readonly watchEvents: false;
  }

  export class Xapi {
    constructor(options: XapiOptions);
    readonly connect: () => Promise<void>;
    /** Sends `session.logout` and doesn't wait for the answer. */
    disconnect(): Promise<void>;
    call(method: string, ...args: readonly unknown[]): Promise<unknown>;
    /** Its own affair, and the only way to give it a certificate to trust. `_setUrl` makes the connections anew. */
    _undiciDispatcher: Dispatcher;
    _setUrl(url: unknown): void;
    _url: unknown;
  }
}

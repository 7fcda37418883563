/** A server that speaks as XAPI does, and can be told to misbehave. */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import type { Field, XapiDatabase } from './xapi-database.js';
import { isWrite, XapiFailure } from './xapi-methods.js';
import { type SessionOptions, sessionsOn } from './xapi-sessions.js';
import { jsonAnswer, jsonCall, type WireAnswer, type WireCall, xmlAnswer, xmlCall } from './xapi-wire.js';

/** A call that has come: `write` counts those that change something, from 1; 0 for others. */
export interface ServerCall {
  readonly method: string;
  readonly params: readonly Field[];
  readonly write: number;
}

/**
 * `die before`, `die after`: it is gone at that call, not carried out or carried out, until `revive`; `lose`: the answer
 * doesn't arrive; `hang`: nor does it end; `expire`: the session is no more.
 */
export type Fault = 'die before' | 'die after' | 'lose' | 'hang' | 'expire' | XapiFailure | undefined;

export interface ServerOptions extends SessionOptions {
  /** `xml`: an old host, which knows nothing of JSON-RPC. */
  readonly language?: 'json' | 'xml';
  readonly address?: string;
  readonly port?: number;
}

export interface XapiServer {
  readonly port: number;
  /** Every call, those before too. */
  readonly calls: readonly ServerCall[];
  /** Asked before each call is carried out; undefined lets it pass. */
  misbehave: (fault: (call: ServerCall) => Fault) => void;
  readonly isDead: () => boolean;
  readonly revive: () => Promise<void>;
  readonly close: () => void;
}

/** Makes a self-signed certificate, as hosts do, for two loopback addresses: `cert.pem` and `key.pem`. */
export async function makeCertificate(folder: string): Promise<void> {
  const names = 'subjectAltName=IP:127.0.0.1,IP:127.0.0.2';
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const out = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
  await execa('openssl', [
    'req',
    '-x509',
    ...key,
    ...out,
    '-days',
    '30',
    '-subj',
    '/CN=xs1',
    '-addext',
    names,
  ]);
}

/** Starts the server with the certificate in `folder`. */
export async function startXapi(
  database: XapiDatabase,
  folder: string,
  options: ServerOptions = {},
): Promise<XapiServer> {
  const { language = 'json', address = '127.0.0.1' } = options;
  const session = sessionsOn(database, options);
  const calls: ServerCall[] = [];
  let fault: (call: ServerCall) => Fault = () => undefined;
  let writes = 0;
  let isDead = false;
  const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map((name) => readFile(join(folder, name))));
  const server = createServer({ ...(key && { key }), ...(cert && { cert }) }, (request, response) => {
    // A connection that broke while it was read.
    answer(request, response).catch(() => request.socket.destroy());
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, address, resolve));
  await listen(options.port ?? 0);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;

  const die = () => {
    isDead = true;
    server.close();
    server.closeAllConnections();
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const isJson = request.url === '/jsonrpc' && language === 'json';
    if (request.url === '/jsonrpc' && !isJson) return send(response, 'text/xml', notXml);
    const wire = isJson ? jsonCall(body) : xmlCall(body);
    const result = serve(wire);
    if (result === 'lost') return void request.socket.destroy();
    if (result === 'none') return;
    if (isJson) send(response, 'application/json', jsonAnswer(wire, result));
    else send(response, 'text/xml', xmlAnswer(wire, result));
  }

  /** `none`: nothing is said; `lost`: the connection breaks. */
  function serve(wire: WireCall): WireAnswer | 'none' | 'lost' {
    const what = fault(noted(wire));
    if (what instanceof XapiFailure) return failure(what);
    if (what === 'expire') session.expire();
    const result = what === 'hang' || what === 'die before' ? 'none' : carriedOut(wire);
    if (what === 'die before' || what === 'die after') die();
    return what === 'lose' ? 'lost' : what === 'die after' ? 'none' : result;
  }

  function noted({ method, params }: WireCall): ServerCall {
    if (isWrite(method)) writes += 1;
    const call = { method, params: params.slice(1), write: isWrite(method) ? writes : 0 };
    calls.push(call);
    return call;
  }

  function carriedOut({ method, params }: WireCall): WireAnswer {
    try {
      return { kind: 'value', value: session.carryOut(method, params) };
    } catch (error) {
      if (error instanceof XapiFailure) return failure(error);
      throw error;
    }
  }

  return {
    port,
    calls,
    misbehave: (wanted) => {
      fault = wanted;
      writes = 0;
    },
    isDead: () => isDead,
    revive: async () => {
      fault = () => undefined;
      if (isDead) await listen(port);
      isDead = false;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const failure = ({ description }: XapiFailure): WireAnswer => ({ kind: 'failure', description });

/** What a host without JSON-RPC makes of a call in it. */
const notXml = '<?xml version="1.0"?><methodResponse><fault/></methodResponse>';

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

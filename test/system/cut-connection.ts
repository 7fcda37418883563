import { connect, createServer, type Server, type Socket } from 'node:net';

/** Where a connection is cut: at its n-th message to the server or at one with these words; it gets it, or doesn't. */
export interface Cut {
  readonly message: number | string;
  readonly side: 'before' | 'after';
  /** How many connections are cut; later ones pass. */
  readonly times: number;
}

/** A way to the server that can break. */
export interface BreakableWay {
  readonly port: number;
  /** How many connections were cut. */
  readonly cuts: () => number;
  /** From now on everything passes. */
  readonly mend: () => void;
  readonly close: () => void;
}

/** Listens on a loopback port and passes everything on to the socket at `target`, until the cut. */
export async function breakableWay(target: string, cut: Cut): Promise<BreakableWay> {
  let cuts = 0;
  let isMended = false;
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    const upstream = connect(target);
    open.add(client).add(upstream);
    let messages = 0;
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on('data', (data) => {
      messages += 1;
      const isPlace = typeof cut.message === 'string' ? data.includes(cut.message) : messages === cut.message;
      const isCut = !isMended && cuts < cut.times && isPlace;
      if (!isCut) return void upstream.write(data);
      cuts += 1;
      if (cut.side === 'before') return end();
      // The server answers, so it has done it; nobody hears the answer.
      upstream.removeAllListeners('data');
      upstream.once('data', end);
      upstream.write(data);
    });
    upstream.on('data', (data) => client.write(data));
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const close = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const mend = () => {
    isMended = true;
  };
  return { port, cuts: () => cuts, mend, close };
}

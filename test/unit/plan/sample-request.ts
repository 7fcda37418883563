import type { NetworkRequest, Request } from '../../../src/model.js';

/** A request that asks for nothing about the kernel and the boot; the network stays as it is unless said otherwise. */
export const requestOf = (
  network: NetworkRequest = { policy: 'keep-dhcp', dns: [] },
  changes: Partial<Request> = {},
): Request => ({
  network,
  kernel: { install: 'if-needed', headers: true },
  boot: { way: 'auto', cannotUnpack: [] },
  ...changes,
});

import type { Context } from '../context.js';
import type { Request } from '../model.js';
import { cannotUnpackHere } from '../tools/host-xen.js';
import { sandboxObstacle } from '../tools/sandbox.js';

/**
 * Completes what is wanted with what only this host knows: the domain builder that is to unpack the guest's kernel. Says
 * so, once, if the programs that parse the guest can't be confined here.
 */
export async function onThisHost<Options extends { readonly request: Request }>(
  options: Options,
  { emit }: Context,
): Promise<Options> {
  const obstacle = await sandboxObstacle();
  if (obstacle !== undefined) {
    const message = `the programs that parse the guest's file systems can't be confined here and have all your rights: ${obstacle}`;
    emit({ type: 'notice', notice: { code: 'sandbox-missing', message } });
  }
  const { request } = options;
  const boot = { ...request.boot, cannotUnpack: await cannotUnpackHere() };
  return { ...options, request: { ...request, boot } };
}

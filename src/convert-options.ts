import type { Context } from './context.js';
import type { AccessChoice } from './guest-access/with-guest.js';
import type { ImageFormat, Request } from './model.js';
import type { PackageSource } from './stages/install-packages.js';
import { cannotUnpackHere } from './tools/host-xen.js';
import { sandboxObstacle } from './tools/sandbox.js';

/** What a conversion is told, and a look without one. */
export interface ConvertOptions {
  readonly format?: ImageFormat | undefined;
  readonly access: AccessChoice;
  /** `auto`, `none` or `xl:PATH`. */
  readonly record: string;
  readonly request: Request;
  /** Where packages come from, should some have to be installed. */
  readonly packages: PackageSource;
  /** Replays the journals of a guest that wasn't shut down properly, in the overlay. */
  readonly replayJournal?: boolean;
  /** Boots the result under Xen before the commit; names the cache folder of the rig's dom0. */
  readonly bootTest?: { readonly cacheDirectory: string } | undefined;
}

/**
 * Completes the options with what only this host knows: the domain builder that is to unpack the guest's kernel. Says so,
 * once, if the programs that parse the guest can't be confined here.
 */
export async function onThisHost(options: ConvertOptions, { emit }: Context): Promise<ConvertOptions> {
  const obstacle = await sandboxObstacle();
  if (obstacle !== undefined) {
    const message = `the programs that parse the guest's file systems can't be confined here and have all your rights: ${obstacle}`;
    emit({ type: 'notice', notice: { code: 'sandbox-missing', message } });
  }
  const { request } = options;
  const boot = { ...request.boot, cannotUnpack: await cannotUnpackHere() };
  return { ...options, request: { ...request, boot } };
}

/** As `openImage` takes it. */
export const formatOf = ({ format }: ConvertOptions) => (format === undefined ? {} : { format });

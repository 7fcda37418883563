/** What dom0 tells the host, one line each; `dom0/init` is the other side. */
export type Report =
  | { readonly kind: 'ready' }
  | { readonly kind: 'checked'; readonly name: string; readonly status: number; readonly output: string }
  | { readonly kind: 'creating' }
  | { readonly kind: 'created' }
  | { readonly kind: 'refused'; readonly status: number; readonly output: string }
  | { readonly kind: 'ended'; readonly reason: EndReason }
  | { readonly kind: 'answered'; readonly address: string };

/** Why a domain ended, as it told Xen. */
export type EndReason = 'power-off' | 'reboot' | 'suspend' | 'crash' | 'watchdog' | 'unknown';

/** Xen's SHUTDOWN_* codes, public/sched.h. */
const endReasons: readonly EndReason[] = ['power-off', 'reboot', 'suspend', 'crash', 'watchdog'];

/** What one of Xen's codes means; a missing one means nothing. */
export const endReason = (code: number | undefined): EndReason => endReasons[code ?? -1] ?? 'unknown';

/** Undefined for a line that dom0's script doesn't write. */
export function parseReport(line: string): Report | undefined {
  const [kind, ...words] = line.trim().split(' ');
  const [first = '', second = '', third = ''] = words;
  switch (kind) {
    case 'ready':
    case 'creating':
    case 'created':
      return { kind };
    case 'checked':
      return { kind, name: first, status: Number(second), output: decode(third) };
    case 'refused':
      return { kind, status: Number(first), output: decode(second) };
    case 'ended':
      return { kind, reason: endReason(Number(first)) };
    case 'answered':
      return { kind, address: first };
    default:
      return undefined;
  }
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString('latin1');

/** Puts a file into dom0. `text` holds one character per byte; `name` is a plain word. */
export const sendFile = (name: string, text: string): string =>
  `file ${name} ${Buffer.from(text, 'latin1').toString('base64')}`;

/** Gives dom0's bridge an IPv4 address with its prefix length. */
export const giveAddress = (address: string, prefix: number): string => `address ${address}/${prefix}`;

/** Asks whether xl accepts the file; starts nothing. */
export const checkRecord = (name: string): string => `check ${name}`;

/** Starts the domain that the file describes. */
export const startDomain = (name: string): string => `start ${name}`;

/** Pings until there is one answer. */
export const pingUntilAnswered = (address: string): string => `ping ${address}`;

const program = /(?:^|[\s/+@'"=;&|-])(?:[a-z]*getty|login)(?=$|[\s'";])/;
const terminal = /(?:^|[\s<>"'=])(?:\/dev\/)?(ttyS\d+|tty\d+|hvc\d+|xvc\d+|console)(?=$|[\s"';,&|<>])/;

/**
 * The terminal on which a command starts a login (getty, agetty, mgetty, …, or login itself): `ttyS0` for
 * `/sbin/getty -L ttyS0 9600 vt100`. Undefined for any other command.
 */
export function loginTerminal(command: string): string | undefined {
  return program.test(command) ? terminal.exec(command)?.[1] : undefined;
}

/** Whether this is one of the PC's serial ports, which a PV guest doesn't have. */
export const isSerialPort = (device: string | undefined): boolean => /^ttyS\d+$/.test(device ?? '');

/**
 * The getty of a command, if it can serve a console that is no virtual terminal; else Debian's own. Of its options none
 * is taken over: what suits a screen, or logs somebody in unasked, need not suit Xen's console.
 */
export const gettyOf = (command: string): string =>
  command.split(/[\s"']+/).find((word) => /^\/(?:[\w.-]+\/)*a?getty$/.test(word)) ?? '/sbin/getty';

/** Why a login on a serial port goes. */
export const serialReason = (device: string): string =>
  `a login on ${device}, which a PV guest does not have, would be started again and again`;

/** Why a login is added. */
export const loginReason = (device: string): string =>
  `${device} is the console of a PV guest, and needs a login`;

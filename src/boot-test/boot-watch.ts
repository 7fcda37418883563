import { createConsoleWatch } from './console-watch.js';
import type { EndReason, Report } from './protocol.js';

/** Seconds. A limit follows progress: each byte on the console and each report of dom0's starts the idle limit anew. */
export interface BootLimits {
  /** Without any sign of life. A kernel that is being unpacked shows none for up to half a minute. */
  readonly idleSeconds: number;
  /** From the login prompt to the first answer to a ping. */
  readonly answerSeconds: number;
  /** For the whole boot, whatever it shows. */
  readonly totalSeconds: number;
}

/** Generous for two cores under software emulation, where a Debian 12 guest needs 50 s in all. */
export const defaultLimits: BootLimits = { idleSeconds: 120, answerSeconds: 60, totalSeconds: 900 };

/** How a boot ended. Strings come from the guest or from programs that read it: data, to be escaped. */
export type BootEnd =
  /** The login prompt came and, where an address was given, the guest answered there. The only success. */
  | { readonly kind: 'booted' }
  /** xl or pygrub didn't start the domain; `output` is what they said. */
  | { readonly kind: 'not-started'; readonly status: number; readonly output: string }
  /** The domain ended by itself; `panic` is its kernel's last sentence, if it had one. */
  | { readonly kind: 'ended'; readonly reason: EndReason; readonly panic?: string }
  /** The boot stopped in a shell that waits for a person. */
  | { readonly kind: 'rescue-shell'; readonly line: string }
  | { readonly kind: 'no-answer' | 'idle' | 'too-long'; readonly seconds: number };

/** Seconds from the start, of QEMU or in a real dom0 of xl, to each step; what didn't happen is missing. */
export interface BootTimes {
  readonly dom0?: number;
  readonly domain?: number;
  readonly kernel?: number;
  readonly login?: number;
  readonly ping?: number;
}

/** What has been seen so far. */
export interface BootView {
  readonly times: BootTimes;
  readonly login?: { readonly prompt: string; readonly banner: string };
  readonly console: Buffer;
}

export interface BootResult extends BootView {
  readonly end: BootEnd;
  /** From the start to the end. */
  readonly totalSeconds: number;
}

export interface BootWatch {
  report(report: Report, second: number): void;
  console(chunk: Uint8Array, second: number): void;
  /** How it ended, if it has by now. Once there is an end it stays. */
  end(second: number): BootEnd | undefined;
  view(): BootView;
}

export interface BootWatchOptions {
  readonly limits: BootLimits;
  /** Whether an answer to a ping is part of success. */
  readonly expectsAnswer: boolean;
  readonly onStep?: (step: keyof BootTimes, second: number) => void;
}

/** Judges a boot from what is reported and shown; the caller says what time it is, in seconds since the start. */
export function createBootWatch({ limits, expectsAnswer, onStep }: BootWatchOptions): BootWatch {
  const consoleWatch = createConsoleWatch();
  const times: { -readonly [step in keyof BootTimes]: BootTimes[step] } = {};
  let login: BootView['login'];
  let panic: string | undefined;
  let end: BootEnd | undefined;
  let lastSign = 0;

  const reach = (step: keyof BootTimes, second: number): void => {
    if (times[step] !== undefined) return;
    times[step] = second;
    onStep?.(step, second);
  };

  const report = (message: Report, second: number): void => {
    lastSign = second;
    if (message.kind === 'ready') reach('dom0', second);
    if (message.kind === 'created') reach('domain', second);
    if (message.kind === 'answered') reach('ping', second);
    if (message.kind === 'refused') {
      end ??= { kind: 'not-started', status: message.status, output: message.output };
    }
    if (message.kind === 'ended') {
      end ??= { kind: 'ended', reason: message.reason, ...(panic === undefined ? {} : { panic }) };
    }
  };

  const console = (chunk: Uint8Array, second: number): void => {
    lastSign = second;
    reach('kernel', second);
    for (const sign of consoleWatch.feed(chunk)) {
      if (sign.kind === 'panic') panic = sign.line;
      if (sign.kind === 'rescue-shell') end ??= sign;
      if (sign.kind === 'login') {
        reach('login', second);
        login = { prompt: sign.prompt, banner: sign.banner };
      }
    }
  };

  const judge = (second: number): BootEnd | undefined => {
    const { login: prompted, ping } = times;
    const answered = !expectsAnswer || ping !== undefined;
    if (prompted !== undefined && answered) return { kind: 'booted' };
    if (second >= limits.totalSeconds) return { kind: 'too-long', seconds: limits.totalSeconds };
    if (prompted !== undefined && second - prompted >= limits.answerSeconds) {
      return { kind: 'no-answer', seconds: limits.answerSeconds };
    }
    if (second - lastSign >= limits.idleSeconds) return { kind: 'idle', seconds: limits.idleSeconds };
    return undefined;
  };

  return {
    report,
    console,
    end: (second) => {
      end ??= judge(second);
      return end;
    },
    view: () => ({ times: { ...times }, ...(login && { login }), console: consoleWatch.tail() }),
  };
}

const stepTexts: Readonly<Record<keyof BootTimes, string>> = {
  dom0: 'Xen and dom0 are up',
  domain: 'the domain is created',
  kernel: 'the console shows its first output',
  login: 'the console asks for a login',
  ping: 'the guest answers on its address',
};

/** Puts each step into words for people. */
export const tellSteps =
  (tell: ((line: string) => void) | undefined) =>
  (step: keyof BootTimes, second: number): void =>
    tell?.(`${second.toFixed(1)} s: ${stepTexts[step]}`);

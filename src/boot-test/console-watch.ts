/** What the guest's console shows of how far its boot has come. All strings come from the guest: data, to be escaped. */
export type ConsoleSign =
  /** A login prompt, `host login:`, and the line before it, which names the terminal: `Debian GNU/Linux 12 host hvc0`. */
  | { readonly kind: 'login'; readonly prompt: string; readonly banner: string }
  /** The boot stopped in a shell that waits for a person. */
  | { readonly kind: 'rescue-shell'; readonly line: string }
  | { readonly kind: 'panic'; readonly line: string };

export interface ConsoleWatch {
  /** Takes the next bytes and returns the signs that they complete, each kind once in a boot. */
  feed(chunk: Uint8Array): ConsoleSign[];
  /** The last bytes as they came, at most `tailBytes`. */
  tail(): Buffer;
}

/** How much of the console is kept. */
export const tailBytes = 64 * 1024;
/** How far back a sign may begin: a prompt and the banner before it. */
const windowCharacters = 2_000;

/** Watches a console, whatever it writes: memory stays bounded. */
export function createConsoleWatch(): ConsoleWatch {
  let kept: Buffer = Buffer.alloc(0);
  let window = '';
  const seen = new Set<ConsoleSign['kind']>();
  const feed = (chunk: Uint8Array): ConsoleSign[] => {
    const bytes = Buffer.from(chunk);
    kept = Buffer.concat([kept, bytes]).subarray(-tailBytes);
    window += bytes.toString('latin1');
    const signs = findSigns(plainText(window)).filter(({ kind }) => !seen.has(kind));
    for (const { kind } of signs) seen.add(kind);
    window = window.slice(-windowCharacters);
    return signs;
  };
  return { feed, tail: () => Buffer.from(kept) };
}

const escapeCode = String.fromCharCode(0x1b);
const bell = String.fromCharCode(0x07);
/** Colours, cursor movements, titles and character sets: systemd and agetty write them between the words. */
const terminalCodes = new RegExp(
  `${escapeCode}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${bell}${escapeCode}]*(?:${bell}|${escapeCode}\\\\)|[()][0-9A-Z]|[=>78cM])|\r`,
  'g',
);

/** The text without what only moves or colours it. */
export const plainText = (text: string): string => text.replace(terminalCodes, '');

/** All signs in a piece of plain text, at most one of each kind. */
export function findSigns(text: string): ConsoleSign[] {
  const signs: ConsoleSign[] = [];
  // "Last login:" is what a shell's start shows.
  const login = /(?:^|\n)[ \t]*(?!Last )(\S{1,80} login:) /.exec(text);
  if (login?.[1] !== undefined) {
    signs.push({ kind: 'login', prompt: login[1], banner: lastLine(text.slice(0, login.index)) });
  }
  const shell = rescuePrompts.exec(text);
  if (shell !== null) signs.push({ kind: 'rescue-shell', line: shell[0].trim() });
  const panic = /Kernel panic - not syncing[^\n]*(?=\n)/.exec(text);
  if (panic !== null) signs.push({ kind: 'panic', line: panic[0] });
  return signs;
}

/** initramfs-tools' shell, and the two ways in which sulogin asks (with and without a root password). */
const rescuePrompts =
  /\n\(initramfs\) $|Give root password for maintenance|Press Enter for maintenance|Enter root password for system maintenance/;

const lastLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .at(-1) ?? '';

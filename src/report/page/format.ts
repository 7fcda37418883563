import { type Html, html } from './html.js';

/** `1.8 s`, `47 s`, `12 min 5 s`, `2 h 5 min`. */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  if (whole < 7200) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const units = ['kB', 'MB', 'GB', 'TB'];

/** `512 bytes`, `312 kB`, `1.4 GB`: powers of 1000, as elsewhere in this program. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  const value = bytes / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[power - 1]}`;
}

/** An ISO time as people read it, in UTC as the reports have it. Another text stays as it is. */
export function time(iso: string): Html {
  const [, day, clock] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(iso) ?? [];
  if (day === undefined || clock === undefined) return html`<time>${iso}</time>`;
  return html`<time datetime="${iso}">${day} ${clock} UTC</time>`;
}

/** `1 VM`, `3 VMs`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** A sentence in which this program's commands, which stand in quotes, can be told from the words. */
export function withCommands(text: string): Html[] {
  return text
    .split(/"(convert-image [^"]*)"/)
    .map((part, index) => (index % 2 === 1 ? html`<code class="command">${part}</code>` : html`${part}`));
}

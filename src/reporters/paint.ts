import { styleText } from 'node:util';
import { SafeText, safe } from './escape.js';

type Brush = (text: string | SafeText) => SafeText;

/** How words are made to stand out. Colour never carries a meaning alone: diffs keep their signs. */
export interface Paint {
  readonly strong: Brush;
  readonly quiet: Brush;
  readonly added: Brush;
  readonly removed: Brush;
  readonly alarm: Brush;
}

const plain: Brush = (text) => safe`${text}`;

const noPaint: Paint = { strong: plain, quiet: plain, added: plain, removed: plain, alarm: plain };

/** The text is made safe before the colour's own escape sequences come around it. */
const brush =
  (style: Parameters<typeof styleText>[0]): Brush =>
  (text) =>
    new SafeText(styleText(style, plain(text).value, { validateStream: false }));

const colours: Paint = {
  strong: brush('bold'),
  quiet: brush('gray'),
  added: brush('green'),
  removed: brush('red'),
  alarm: brush(['bold', 'red']),
};

export type ColorChoice = 'auto' | 'always' | 'never';

/** `--color` beats NO_COLOR (no-color.org), which beats what the stream is. */
export function choosePaint(choice: ColorChoice, isTerminal: boolean, environment: NodeJS.ProcessEnv): Paint {
  if (choice !== 'auto') return choice === 'always' ? colours : noPaint;
  const refused = environment.NO_COLOR !== undefined && environment.NO_COLOR !== '';
  return isTerminal && !refused && environment.TERM !== 'dumb' ? colours : noPaint;
}

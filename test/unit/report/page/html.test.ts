import test from 'ava';
import { Html, html } from '../../../../src/report/page/html.js';

const escapes: readonly [string, string][] = [
  ['<b>&"\'', '&lt;b&gt;&amp;&quot;&#39;'],
  ['a\tb\nc', 'a\tb\nc'],
  ['a\rb\0', 'a\\x0db\\x00'],
  ['\u202Egnp', '\\u202egnp'],
  ['half a pair \uD800', 'half a pair \\ud800'],
  ['caf\u00C3\u00A9 as bytes', 'caf\u00E9 as bytes'],
];

for (const [text, expected] of escapes) {
  test(`${JSON.stringify(text)} is harmless`, (t) => {
    t.is(html`<p title="${text}">${text}</p>`.text, `<p title="${expected}">${expected}</p>`);
  });
}

test('markup stays, alone and in a list, and numbers are numbers', (t) => {
  t.is(html`${new Html('<i>')}${[html`<b>${'<'}</b>`, html`${1}`]}${2}`.text, '<i><b>&lt;</b>12');
});

test('a text that no message of ours has is cut', (t) => {
  t.is(html`${'x'.repeat(4010)}`.text, `${'x'.repeat(4000)}… (10 characters more)`);
});

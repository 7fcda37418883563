/** Whatever a guest has written into a report, it is a text on the page and nothing else. */
import test from 'ava';
import { type BatchReport, batchReportSchema } from '../../../../src/batch/batch-report.js';
import { pageText } from '../../../../src/report/page/page.js';
import type { PageData, Standing } from '../../../../src/report/page/page-data.js';
import { standings } from '../../../../src/report/page/standings.js';
import { type RunReport, runReportSchema } from '../../../../src/run-report.js';
import { attribute, elements, parsed, rawText, skeleton } from '../parsed-page.js';
import { sampleOf } from '../schema-samples.js';

const attacks = [
  '<script>alert()</script>',
  '"><img src=x onerror=alert()>',
  "' onfocus='alert()' autofocus='",
  '</details></section></main></body></html><h1>',
  '</style></title></pre></svg></q><iframe src="javascript:alert()">',
  'x--><!--<![CDATA[ ]]>',
  '&lt;b&gt;&#60;u&#62;&quot;&amp',
  '\u202Efdp.exe\u202C\u2066\u2069\u200B\uFEFF',
  '\uD800 and \uDFFF',
  '\u0000\u0001\u001B[31m\u007F\u0085\u2028\u2029\r',
  `\${alert()}\`{{7*7}}\\`,
  'url(javascript:alert());}*{display:none',
];

/** Texts that differ from each other and hold no digits, which could be read as a time. */
function texts(starts: readonly string[]): () => string {
  let count = 0;
  return () => {
    count += 1;
    const name = String(count)
      .padStart(5, '0')
      .replace(/\d/g, (digit) => 'qrstuvwxyz'.charAt(Number(digit)));
    return `${starts[count % starts.length]}${name}`;
  };
}

function pageOf(text: () => string, choice: number): PageData {
  const vms = standings.map((standing: Standing, index) => ({
    disk: text(),
    standing,
    codes: [text(), text()],
    ...(index % 4 === 0 ? {} : { problems: [{ code: text(), message: text(), remedy: text() }] }),
    log: text(),
    reportPath: text(),
    ...(index % 3 === 2 ? {} : { report: sampleOf(runReportSchema, text, choice + index) as RunReport }),
  }));
  const report = sampleOf(batchReportSchema, text, choice) as BatchReport;
  const end = (['ended', 'killed', 'open'] as const)[choice % 3] ?? 'open';
  return {
    made: text(),
    program: text(),
    stateDirectory: text(),
    ...(choice % 4 === 3 ? {} : { batch: { path: text(), end, report } }),
    vms,
    unreadable: [{ path: text(), reason: text() }],
  };
}

for (const choice of [0, 1, 2, 3, 4, 5, 6, 7]) {
  test(`a hostile page has the elements and attributes of a harmless one: ${choice}`, (t) => {
    const harmless = parsed(pageText(pageOf(texts(['x']), choice)));
    const page = pageText(pageOf(texts(attacks), choice));
    const hostile = parsed(page);
    t.deepEqual(skeleton(hostile), skeleton(harmless));
    t.true(elements(hostile).length > 300);
    t.notRegex(page, /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    t.true(rawText(hostile).includes('<script>alert()</script>'));
    t.true(rawText(hostile).includes('\\u202efdp.exe'));
    t.true(rawText(hostile).includes('\\ud800 and \\udfff'));
  });
}

test('what is asked of the page is all that it can load: nothing', (t) => {
  const page = parsed(pageText(pageOf(texts(attacks), 0)));
  const addresses = elements(page).flatMap((element) =>
    ['src', 'href', 'action', 'data', 'poster', 'xlink:href'].flatMap(
      (name) => attribute(element, name) ?? [],
    ),
  );
  t.true(addresses.length > 5);
  t.deepEqual(
    addresses.filter((address) => !/^(#[a-z]+(-\d+)?|data:,)$/.test(address)),
    [],
  );
  t.deepEqual(
    elements(page, ({ tagName }) => ['script', 'img', 'iframe', 'object', 'form', 'base'].includes(tagName)),
    [],
  );
});

test('the samples are what the reports may be', (t) => {
  for (const choice of [0, 1, 2, 3]) {
    t.true(runReportSchema.safeParse(sampleOf(runReportSchema, texts(attacks), choice)).success);
    t.true(batchReportSchema.safeParse(sampleOf(batchReportSchema, texts(attacks), choice)).success);
  }
});

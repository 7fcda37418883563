/** The page of a real batch in a real browser. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import type { Browser } from 'playwright-core';
import { attribute, classed, parsed, section, tagged, textOf } from '../unit/report/parsed-page.js';
import { listOf, runsThat, tinyGuests } from './batch-guests.js';
import { accessibilityFaults, openFile, startBrowser } from './browser.js';
import { convertImage, copyOfGuest, testFolder } from './program.js';
import { prepareTinyGuests, removeTinyGuests } from './tiny-guest.js';

let base = '';
let folder = '';
let file = '';
let browser: Browser;

/** A batch in which two were converted, one was PV already, one was refused, and one failed. */
test.before(async (t) => {
  t.timeout(300_000);
  base = await prepareTinyGuests(await mkdtemp('/var/tmp/convert-image-test-'));
  folder = join(base, '..');
  const names = ['db1', 'db2', 'pv1', 'web1'];
  const [, , before = '', failing = ''] = await tinyGuests(base, folder, names);
  const noOs = await copyOfGuest(folder, 'no-os');
  const good = names.slice(0, 2).map((name) => join(folder, `${name}.img`));
  const own = ['--address', '18.181.3.3', '--site', 'xvm', '--record', 'none', before];
  t.is((await convertImage(folder, own)).exitCode, 0);
  const list = await listOf(folder, [...good, before, noOs, failing]);
  const batch = await convertImage(
    folder,
    ['batch', '--json', '--jobs', '1', list],
    await runsThat(folder, 'fail'),
  );
  t.is(batch.exitCode, 7, batch.stderr);
  file = join(folder, 'page.html');
  const run = await convertImage(folder, ['report', list, '--output', file]);
  t.is(run.exitCode, 0, run.stderr);
  t.is(run.stdout, `${file} shows 5 VMs`);
  browser = await startBrowser();
});

test.after.always(async () => {
  await browser?.close();
  await removeTinyGuests(base);
});

test('it says what the batch did', async (t) => {
  const page = parsed(await readFile(file, 'utf8'));
  t.is(textOf(tagged(page, 'h1')[0] ?? page), '3 of 5 VMs are ready for PV');
  t.deepEqual(
    classed(page, 'vm').map((vm) => textOf(tagged(vm, 'h3')[0] ?? page).slice(folder.length + 1)),
    ['web1.img', 'no-os.raw', 'db1.img', 'db2.img', 'pv1.img'],
  );
  const reasons = textOf(section(page, 'reasons') ?? page);
  t.regex(reasons, /no-operating-system 1 disk .* What to do: /);
  t.regex(reasons, /no space on the test/);
  const [, , db1 = page] = classed(page, 'vm');
  t.true(tagged(db1, 'ins').some((line) => textOf(line) === '+ address 18.181.3.1'));
  t.regex(textOf(db1), /undo\.qcow2; convert-image undo \S+\/db1\.img gives back the original/);
  t.is(attribute(page, 'lang'), 'en');
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1280]) {
    test.serial(
      `${colorScheme}, ${width} pixels: nothing is loaded or said, everybody can read it`,
      async (t) => {
        t.timeout(300_000);
        const viewport = { width, height: 900 };
        const { page, messages, requests } = await openFile(t, browser, file, { colorScheme, viewport });
        t.deepEqual(await accessibilityFaults(page), []);
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        t.deepEqual(await accessibilityFaults(page), []);
        t.is(await page.evaluate('document.documentElement.scrollWidth'), width);
        t.deepEqual(messages, []);
        t.deepEqual(
          requests.filter((url) => !url.startsWith('data:')),
          [pathToFileURL(file).href],
        );
      },
    );
  }
}

test.serial('the keyboard reaches the skip link first, and every summary that is there', async (t) => {
  const { page } = await openFile(t, browser, file);
  const reached: string[] = [];
  do {
    await page.keyboard.press('Tab');
    reached.push(
      await page.evaluate("document.activeElement.closest('summary, a, body').textContent.trim()"),
    );
  } while (reached.length < 300 && (await page.evaluate('document.activeElement !== document.body')));
  t.is(reached[0], 'Skip to the totals');
  const visible = "[...document.querySelectorAll('summary')].filter((one) => one.checkVisibility())";
  const summaries = (await page.evaluate(`${visible}.map((one) => one.textContent.trim())`)) as string[];
  t.true(summaries.length >= 9, summaries.join());
  t.deepEqual(
    summaries.filter((text) => !reached.includes(text)),
    [],
  );
  await page.locator('.vm > summary').first().press('Enter');
  t.true(await page.locator('.vm .inside').first().isVisible());
});

test.serial('without JavaScript it is the same, and VMs are chosen by how they ended', async (t) => {
  const { page } = await openFile(t, browser, file, { javaScriptEnabled: false });
  const other = await openFile(t, browser, file);
  t.is(await page.locator('body').innerText(), await other.page.locator('body').innerText());
  t.is(await page.locator('.vm:visible').count(), 5);
  await page.locator('#show-refused').check();
  t.deepEqual(await page.locator('.vm:visible h3').allInnerTexts(), [join(folder, 'no-os.raw')]);
  await page.locator('#show-all').check();
  t.is(await page.locator('.vm:visible').count(), 5);
});

test.serial(
  'on paper the disks of each reason are shown, light, and nothing that asks for a click',
  async (t) => {
    const { page } = await openFile(t, browser, file, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    t.true(await page.locator('.card li a').first().isVisible());
    t.false(await page.locator('.filter').isVisible());
    t.is(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
  },
);

test.serial(
  'a conversion that was killed in its commit needs a person, and the page names the commands',
  async (t) => {
    t.timeout(300_000);
    const own = await testFolder(t);
    const [image = ''] = await tinyGuests(base, own, ['mail1']);
    const options = ['--address', '18.181.3.9', '--site', 'xvm', '--record', 'none'];
    const batch = await convertImage(own, ['batch', ...options, image], await runsThat(own, 'kill'));
    t.is(batch.exitCode, 6, batch.stderr);
    const run = await convertImage(own, ['report', '--output', '-']);
    const page = parsed(run.stdout);
    t.is(textOf(tagged(page, 'h1')[0] ?? page), '0 of 1 VM is ready for PV, 1 needs a person');
    const person = section(page, 'person') ?? page;
    t.deepEqual(tagged(person, 'h3').map(textOf), [image]);
    const commands = classed(person, 'command').map(textOf);
    t.true(commands.includes(`convert-image ${image}`), commands.join());
    t.true(commands.includes(`convert-image undo ${image}`), commands.join());
  },
);

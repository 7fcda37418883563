import test from 'ava';
import { pageMarker, pageText } from '../../../../src/report/page/page.js';
import type { Vm } from '../../../../src/report/page/page-data.js';
import {
  attribute,
  classed,
  type Element,
  elements,
  parsed,
  rawText,
  section,
  tagged,
  textOf,
} from '../parsed-page.js';
import { batchOf, convertedReport, pageDataOf, sampleVms, vmOf } from '../sample-reports.js';

const forty = sampleVms(40);
const page = parsed(pageText(pageDataOf(forty)));

const vmAt = (root: Element, disk: string): Element | undefined =>
  classed(root, 'vm').find((vm) => textOf(vm).startsWith(disk));

test('it begins with how it went', (t) => {
  t.is(textOf(tagged(page, 'h1')[0] ?? page), '30 of 40 VMs are ready for PV, 2 need a person');
  t.is(
    textOf(tagged(page, 'title')[0] ?? page),
    '30 of 40 VMs are ready for PV, 2 need a person · convert-image',
  );
  t.deepEqual(tagged(section(page, 'totals') ?? page, 'li').map(textOf), [
    '2 ‼ need a person',
    '3 ✗ failed',
    '3 ⊘ refused',
    '1 ◧ interrupted',
    '1 ○ not begun',
    '25 ✓ converted',
    '5 ≡ already PV',
  ]);
  const header = textOf(tagged(page, 'header')[0] ?? page);
  for (const part of [
    'xen1.example.org',
    '2026-11-27 02:00:00 UTC',
    '62 s for 40 VMs',
    '0.1.0',
    'office.yaml --jobs 2',
  ])
    t.true(header.includes(part), part);
});

test('who needs a person comes with the command', (t) => {
  const person = section(page, 'person') ?? page;
  t.deepEqual(tagged(person, 'h3').map(textOf), ['/srv/xen/half.img', '/srv/xen/record.img']);
  t.deepEqual(classed(person, 'command').map(textOf), [
    'convert-image /srv/xen/half.img',
    'convert-image undo /srv/xen/half.img',
    'convert-image /srv/xen/record.img',
  ]);
});

test('what was not converted is grouped by reason, the most frequent first', (t) => {
  const reasons = section(page, 'reasons') ?? page;
  t.deepEqual(tagged(reasons, 'h3').map(textOf), [
    'no-operating-system 2 disks',
    'failed 1 disk',
    'not-verified 1 disk',
    'process-died 1 disk',
    'not-64-bit 1 disk',
    'interrupted 1 disk',
  ]);
  const [first = page] = tagged(reasons, 'article');
  t.regex(textOf(first), /What to do: check that this is the system disk/);
  t.deepEqual(tagged(first, 'li').map(textOf), [
    '/srv/xen/no-os.img ⊘ refused',
    '/srv/xen/spare.img ⊘ refused',
  ]);
});

test('links lead to the VM that they name, and ids are there once', (t) => {
  const ids = elements(page).flatMap((element) => attribute(element, 'id') ?? []);
  t.is(new Set(ids).size, ids.length);
  for (const link of tagged(page, 'a')) {
    const target = (attribute(link, 'href') ?? '').slice(1);
    const place = elements(page).find((element) => attribute(element, 'id') === target);
    if (target.startsWith('vm-')) t.true(textOf(place ?? page).startsWith(textOf(link)));
    else t.truthy(place);
  }
});

test('each VM has its row and everything that its report says', (t) => {
  t.is(classed(page, 'vm').length, 40);
  const web1 = vmAt(page, '/srv/xen/web1.img') ?? page;
  t.is(
    textOf(tagged(web1, 'summary')[0] ?? page),
    '/srv/xen/web1.img ✓ converted Release Debian 12 bookworm Took 1.5 s Record says PV now Undo archive 328 kB',
  );
  const text = textOf(web1);
  for (const part of [
    'undo.qcow2; convert-image undo /srv/xen/web1.img gives back the original',
    '/var/lib/convert-image/log/20261127T020000Z-web1.img-30183.log',
    'no: it is built without CONFIG_XEN_PV',
    'this host allows no sandbox',
    'passed: by the real pygrub',
    'It came to bookworm login:.',
    'enX0 gets the static address 18.181.3.4; it used DHCP',
  ])
    t.true(text.includes(part), part);
  t.deepEqual(tagged(web1, 'del').map(rawText), [
    '-builder = "hvm"',
    '-/dev/sda1 / ext4 rw,discard,errors=remount-ro 0 1',
    '-iface enX0 inet dhcp',
  ]);
  t.true(tagged(web1, 'ins').every((line) => rawText(line).startsWith('+')));
  t.regex(
    textOf(vmAt(page, '/srv/xen/lost.img') ?? page),
    /its run left no report that could be read process-died/,
  );
});

test('headings go down by one step, tables have a caption and name their rows and columns', (t) => {
  const levels = tagged(page, 'h1', 'h2', 'h3', 'h4', 'h5').map(({ tagName }) => Number(tagName[1]));
  t.is(levels[0], 1);
  t.true(levels.every((level, index) => index === 0 || level <= (levels[index - 1] ?? 0) + 1));
  for (const table of tagged(page, 'table')) {
    t.is(tagged(table, 'caption').length, 1);
    t.true(tagged(table, 'th').every((cell) => ['col', 'row'].includes(attribute(cell, 'scope') ?? '')));
  }
  t.is(attribute(page, 'lang'), 'en');
  for (const landmark of ['header', 'main', 'footer']) t.is(tagged(page, landmark).length, 1);
});

test('the marker stands where it is looked for, and nothing may be loaded', (t) => {
  const text = pageText(pageDataOf([]));
  t.true(text.indexOf(pageMarker) < 200);
  const policies = tagged(parsed(text), 'meta').filter((meta) => attribute(meta, 'http-equiv') !== undefined);
  t.deepEqual(
    policies.map((meta) => attribute(meta, 'content')),
    ["default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"],
  );
});

test('a batch that was killed is called so, and one that was stopped', (t) => {
  const batch = batchOf(forty);
  const { ended: _, exitCode: __, ...report } = batch.report;
  const warned = (data: Parameters<typeof pageDataOf>[1]) =>
    classed(parsed(pageText(pageDataOf(forty, data))), 'warning').map(textOf);
  t.deepEqual(warned({}), []);
  t.regex(
    warned({ batch: { ...batch, report, end: 'killed' } }).join(),
    /^This batch was killed before its end/,
  );
  t.regex(warned({ batch: { ...batch, report, end: 'open' } }).join(), /it still runs, or it was killed/);
  const stopped = { ...batch, report: { ...batch.report, stopped: 'canary' as const } };
  t.deepEqual(warned({ batch: stopped }), ['It stopped, since not all of the canaries were converted.']);
});

test('reports that can not be read are named with the reason', (t) => {
  const unreadable = [{ path: '/srv/state/reports/x.json', reason: 'it is not JSON' }];
  const text = textOf(section(parsed(pageText(pageDataOf([], { unreadable }))), 'unreadable') ?? page);
  t.is(
    text,
    '1 report can’t be read What it says is missing from this page. /srv/state/reports/x.json: it is not JSON',
  );
});

test('single runs are no batch: a histogram, hosts and versions', (t) => {
  const { batch: _, ...data } = pageDataOf(forty);
  const root = parsed(pageText(data));
  t.regex(
    textOf(tagged(root, 'header')[0] ?? root),
    /newest run of each disk .* Reports of \/var\/lib\/convert-image$/,
  );
  t.deepEqual(tagged(section(root, 'times') ?? root, 'h3').map(textOf), [
    'By stage',
    'How long the VMs took',
  ]);
});

test('of more than sixty VMs there is a histogram instead of a timeline', (t) => {
  const titles = (count: number) => {
    const root = parsed(pageText(pageDataOf(sampleVms(count))));
    return tagged(section(root, 'times') ?? root, 'h3').map(textOf);
  };
  t.deepEqual(titles(60), ['By stage', 'When each ran']);
  t.deepEqual(titles(61), ['By stage', 'How long the VMs took']);
});

/** A report with a diff of so many lines. */
function longDiff(disk: string, lines: number): Vm {
  const report = convertedReport(disk);
  const diff = `--- a/x\n+++ b/x\n${'+a line with <markup> & "quotes"\n'.repeat(lines)}`;
  const [step] = report.steps;
  return vmOf({ ...report, steps: step === undefined ? [] : [{ ...step, diff }] }, 'converted');
}

test('long diffs are cut, with a sentence that names the report', (t) => {
  const root = parsed(pageText(pageDataOf([longDiff('/srv/xen/big.img', 50_000)])));
  const cut = classed(root, 'change').map(textOf).join();
  t.regex(
    cut,
    /\d+ of 50002 lines are left out here\. The whole diff is in \/var\/lib\/convert-image\/reports\/20261127T020000Z-big\.img-30183\.json\.$/,
  );
});

test('a thousand VMs with long diffs stay below 25 megabytes', (t) => {
  const vms = Array.from({ length: 1000 }, (_, index) => longDiff(`/srv/xen/vm${index}.img`, 1000));
  const text = pageText(pageDataOf(vms));
  t.true(text.length < 25_000_000, `${text.length}`);
  t.is(text.split('<details class="vm ').length - 1, 1000);
});

test('a guest with thousands of kernels gets a few rows of them', (t) => {
  const report = convertedReport('/srv/xen/odd.img');
  const kernels = Array.from({ length: 5000 }, (_, index) => ({ version: `6.1.${index}`, pv: true }));
  const facts = report.facts === undefined ? {} : { facts: { ...report.facts, kernels } };
  const root = parsed(pageText(pageDataOf([vmOf({ ...report, ...facts }, 'converted')])));
  t.true(tagged(root, 'tr').length < 200);
  t.regex(textOf(root), /4950 more; the report has them all\./);
});

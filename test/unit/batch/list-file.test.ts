import test from 'ava';
import { entriesOf } from '../../../src/batch/list-file.js';

const kinds = {
  address: { type: 'string' },
  site: { type: 'string' },
  record: { type: 'string' },
  packages: { type: 'string' },
  dns: { type: 'string', array: true },
  access: { choices: ['auto', 'direct', 'appliance'] },
  'keep-dhcp': { type: 'boolean' },
  headers: { type: 'boolean' },
};

const read = (text: string, flags = {}) => entriesOf('/srv/lists/web.yaml', text, kinds, flags);

test('the defaults, what stands on the command line, and the image itself, in this order', (t) => {
  const text = `defaults: {site: office, dns: [192.0.2.53], headers: false, tags: [all], labels: {team: a}}
images:
  - disk: ../images/web1.img
    address: 192.0.2.10
    site: xvm
    tags: [web]
    labels: {rack: b7}
  - /srv/web2.img
`;
  const { entries, mistakes } = read(text, { dns: '192.0.2.99', site: 'lab' });
  t.deepEqual(mistakes, []);
  t.deepEqual(
    entries.map(({ disk, options, tags, labels }) => ({ disk, options, tags, labels })),
    [
      {
        disk: '/srv/images/web1.img',
        options: { site: 'xvm', dns: '192.0.2.99', headers: false, address: '192.0.2.10' },
        tags: ['all', 'web'],
        labels: { team: 'a', rack: 'b7' },
      },
      {
        disk: '/srv/web2.img',
        options: { site: 'lab', dns: '192.0.2.99', headers: false },
        tags: ['all'],
        labels: { team: 'a' },
      },
    ],
  );
});

test('where each key stands', (t) => {
  const text =
    'defaults:\n  site: office\n  headers: true\nimages:\n  - disk: web1.img\n    address: 192.0.2.10\n';
  const [entry] = read(text, { headers: false }).entries;
  t.deepEqual(entry?.places, {
    '': '/srv/lists/web.yaml:5:5',
    site: '/srv/lists/web.yaml:2:9',
    disk: '/srv/lists/web.yaml:5:11',
    address: '/srv/lists/web.yaml:6:14',
  });
});

test('a host is a label, of all images or of one', (t) => {
  const text =
    'defaults: {host: dom0-a}\nimages:\n  - /srv/a.img\n  - {disk: /srv/b.img, host: dom0-b, labels: {rack: b7}}\n';
  const { entries, mistakes } = read(text);
  t.deepEqual(mistakes, []);
  t.deepEqual(
    entries.map(({ labels }) => labels),
    [{ host: 'dom0-a' }, { host: 'dom0-b', rack: 'b7' }],
  );
  t.is(read('images: [{disk: /srv/a.img, host: 7}]').mistakes[0]?.message, 'host: "7" is no text');
});

const records: readonly [string, string][] = [
  ['auto', 'auto'],
  ['xl:web1.cfg', 'xl:/srv/lists/web1.cfg'],
  ['xl:/etc/xen/web1', 'xl:/etc/xen/web1'],
  ['libvirt:web1', 'libvirt:web1'],
  ['libvirt:web1.xml', 'libvirt:/srv/lists/web1.xml'],
  ['libvirt:xen:///system#web1', 'libvirt:xen:///system#web1'],
  ['invirt:database#web1', 'invirt:/srv/lists/database#web1'],
  ['invirt:postgres://db.example/invirt#web1', 'invirt:postgres://db.example/invirt#web1'],
];

for (const [written, meant] of records) {
  test(`a record is looked for from the list: ${written}`, (t) => {
    const { entries } = read(`images:\n  - {disk: a, record: "${written}"}\n`);
    t.is(entries[0]?.options.record, meant);
  });
}

test('a folder of packages, too', (t) => {
  const { entries } = read('images: [{disk: a, packages: debs}, {disk: b, packages: host}]\n');
  t.deepEqual(
    entries.map(({ options }) => options.packages),
    ['/srv/lists/debs', 'host'],
  );
});

test('an anchor is what it stands for', (t) => {
  const { entries, mistakes } = read('defaults: {dns: &dns [192.0.2.53]}\nimages: [{disk: a, dns: *dns}]\n');
  t.deepEqual(mistakes, []);
  t.deepEqual(entries[0]?.options.dns, ['192.0.2.53']);
});

const wrong: readonly [string, string, readonly string[]][] = [
  ['an empty file', '', ['1:1: a list of images has the keys "defaults" and "images"']],
  ['a list alone', '- a\n', ['1:1: a list of images has the keys "defaults" and "images"']],
  ['no images', 'defaults: {}\n', ['1:1: the list has no "images"']],
  ['images that are a map', 'images: {disk: a}\n', ['1:9: the list has no "images"']],
  ['images without any', 'images: []\n', [' the list names no image']],
  ['defaults that are a word', 'defaults: office\nimages: [a]\n', ['1:11: "defaults" are no options']],
  ['an image that is a number', 'images: [7]\n', ['1:10: this is no image']],
  ['a disk for all', 'defaults: {disk: a}\nimages: [b]\n', ['1:18: a disk belongs to one image']],
  ['a disk that is a list', 'images: [{disk: [a]}]\n', ['1:17: disk: this is no text']],
  ['an image without a disk', 'images: [{address: 1.2.3.4}]\n', ['1:10: this image has no disk']],
  ['a tab', 'images:\n\t- a\n', ['2:1: this is not valid YAML']],
];

for (const [title, text, expected] of wrong) {
  test(`a mistake: ${title}`, (t) => {
    const { mistakes, entries } = read(text);
    t.is(mistakes.length, expected.length, JSON.stringify(mistakes));
    for (const [index, start] of expected.entries()) {
      const { place = '', message = '', remedy = '' } = mistakes[index] ?? {};
      const told = `${place.replace('/srv/lists/web.yaml', '').replace(/^:/, '')}: ${message}`;
      t.true(told.startsWith(start.replace(/^ /, ': ')), told);
      t.regex(remedy, /\w/);
    }
    t.true(entries.length <= 1);
  });
}

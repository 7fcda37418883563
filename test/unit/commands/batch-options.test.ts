import test from 'ava';
import { givenOptions, positiveNumber } from '../../../src/commands/batch-options.js';

test('numbers of images', (t) => {
  t.is(positiveNumber('jobs', undefined), undefined);
  t.is(positiveNumber('jobs', '1'), 1);
  t.is(positiveNumber('jobs', '300'), 300);
  for (const text of ['0', '-1', '1.5', 'two', '', '1e3', '99999999'])
    t.throws(() => positiveNumber('jobs', text), { message: `--jobs ${text} is not a number of images` });
});

test('what stands on the command line itself', (t) => {
  const args = ['batch', 'web.yaml', '--site=xvm', '--dns', '18.70.0.160', '--no-headers', '--', '--record'];
  t.deepEqual([...givenOptions(args)], ['site', 'dns', 'headers']);
});

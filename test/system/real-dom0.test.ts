import test from 'ava';
import { execa } from 'execa';
import { testFolder } from './program.js';
import { withRealDom0 } from './real-dom0.js';

test('x', async (t) => {
  t.timeout(25 * 60_000);
  const folder = await testFolder(t);
  const { stdout: bookworm } = await execa('scripts/build-image', ['bookworm']);
  const start = Date.now();
  const log = (what: unknown) => t.log(Date.now() - start, what);
  await withRealDom0(folder, [{ path: bookworm, format: 'raw', access: 'throw-away' }], async (dom0) => {
    log('ready');
    log(await dom0.run('xl list; ls /program /dev/vd*'));
    log(await dom0.run('/program/convert-image --help'));
    log(await dom0.run('time /program/convert-image plan --keep-dhcp /dev/vdc 2>&1 | tail -20'));
    log(await dom0.run('time /program/convert-image --keep-dhcp --record none /dev/vdc 2>&1 | tail -20'));
  });
  t.pass();
});

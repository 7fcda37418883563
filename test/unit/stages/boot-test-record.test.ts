import test from 'ava';
import { invirtRecord } from '../../../src/mode-records/invirt.js';
import { parseInvirtOption } from '../../../src/mode-records/invirt-option.js';
import { xlRecord } from '../../../src/mode-records/xl.js';
import { recordText } from '../../../src/stages/boot-test.js';

const plan = { kind: 'flip', where: '/x', before: 'old', after: 'new', changes: [] } as const;

test('a boot test takes the text of an xl configuration, and of nothing else', (t) => {
  const option = parseInvirtOption('/srv/db#web1');
  if (option.kind !== 'place') return t.fail();
  t.is(recordText({ kind: 'new', path: '/x.cfg', text: 'type = "pv"' }), 'type = "pv"');
  t.is(recordText({ kind: 'record', record: xlRecord('/x.cfg', '/x.img'), plan }), 'new');
  t.is(recordText({ kind: 'record', record: invirtRecord(option.place, '/x.img'), plan }), undefined);
  t.is(recordText({ kind: 'none', reason: 'none' }), undefined);
});

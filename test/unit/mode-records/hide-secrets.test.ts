import test from 'ava';
import { hideSecrets } from '../../../src/mode-records/hide-secrets.js';

for (const [shown, hidden] of [
  [`<graphics type='vnc' passwd='a "b"' port='1'/>`, `<graphics type='vnc' passwd='(hidden)' port='1'/>`],
  ['vncpasswd = "a b" # why', 'vncpasswd = "(hidden)" # why'],
  ["spicepasswd='x'", "spicepasswd='(hidden)'"],
  ['vfb=["vnc=1,vncpasswd=x,keymap=de"]', 'vfb=["vnc=1,vncpasswd=(hidden),keymap=de"]'],
  ['name = "passwd"', 'name = "passwd"'],
  ['vncpasswd=""', 'vncpasswd="(hidden)"'],
] as const) {
  test(`shown: ${hidden}`, (t) => {
    t.is(hideSecrets(shown), hidden);
  });
}

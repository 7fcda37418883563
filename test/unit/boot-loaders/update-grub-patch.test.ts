import test from 'ava';
import { hasOption, patchUpdateGrub } from '../../../src/boot-loaders/update-grub-patch.js';

/** The lines around the origin page's hunk. */
const script = (first: string, second: string) => `for kern in $sortedKernels ; do
	if test ! x"$howmany" = x"all" ; then
		break
	fi

	if [ ! "$in_domU" ] && [ "$is_xen" ]; then
	  # skip xen kernels
${first}
	elif [ "$in_domU" ] && ! [ "$is_xen" ]; then
	  # skip non-xen kernels
${second}
	fi
	kern="/boot/$kern"
	continue
`;

const before = script('	  continue', '	  continue');
const after = script('	  # continue\n	  :', '	  # continue\n	  :');

test('the patch of the origin page', (t) => {
  t.is(patchUpdateGrub(before), after);
  t.is(patchUpdateGrub(after), after);
});

test('a script that has the lines twice is patched at once', (t) => {
  t.is(patchUpdateGrub(before + before), after + after);
});

test('another update-grub stays', (t) => {
  const withOption = `in_domU=$(GetMenuOpt "in_domU" "$in_domU")\n${before}`;
  t.is(patchUpdateGrub(withOption), withOption);
  t.is(patchUpdateGrub('#!/bin/sh\nset -e\ncontinue\n'), '#!/bin/sh\nset -e\ncontinue\n');
});

test('options that an update-grub knows', (t) => {
  t.true(hasOption('indomU=$(GetMenuOpt "indomU" "$indomU")', 'indomU'));
  t.false(hasOption('indomU=$(GetMenuOpt "indomU" "$indomU")', 'in_domU'));
  t.false(hasOption('if [ "$in_domU" ]; then', 'in_domU'));
});

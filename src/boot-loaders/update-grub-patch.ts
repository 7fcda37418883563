/**
 * The origin page's patch for the /usr/sbin/update-grub of GRUB legacy, where that tells kernels for Xen from others by
 * what it runs on: both are listed, whatever it runs on; wherever the script has these lines. A script without those lines, or with an option that says
 * where it runs, stays as it is.
 */
export function patchUpdateGrub(script: string): string {
  if (['in_domU', 'indomU'].some((name) => hasOption(script, name))) return script;
  return hunks.reduce((text, hunk) => text.replace(hunk, '$1$2# continue\n$2:\n'), script);
}

/** Whether this update-grub takes the option from menu.lst. */
export const hasOption = (script: string, name: string): boolean =>
  new RegExp(`GetMenuOpt[ \\t]+"?${name}"?[ \\t]`).test(script);

const hunks = [
  /(\[ ! "\$in_domU" \] && \[ "\$is_xen" \]; then\n(?:[ \t]*#[^\n]*\n)?)([ \t]*)continue\n/g,
  /(\[ "\$in_domU" \] && ! \[ "\$is_xen" \]; then\n(?:[ \t]*#[^\n]*\n)?)([ \t]*)continue\n/g,
];

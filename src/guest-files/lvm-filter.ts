/** `filter` and `global_filter` with their list, over several lines too; brackets may stand in strings (lvm.conf(5)). */
const setting = /^[ \t]*(?:global_)?filter[ \t]*=[ \t]*(?:\[(?:[^"\]#=]|"[^"\n]*"|#[^\n]*\n)*\]|"[^"\n]*")/gm;

/** Comments and strings; one that accepts begins with `a` and a delimiter of the user's choice: `"a|^/dev/sda|"`. */
const commentOrString = /#[^\n]*|"[^"\n]*"/g;

/** Names of disks in such a regular expression: `sd`, `[hs]d`, at the start of a name. */
const diskName = /(?<=[^\w.\]-])(?:\[[hsv]{1,3}\]|[hsv])d(?=[a-z[.*+$|/)"\\]|$)/g;

/**
 * Lets filters of lvm.conf accept `xvd` disks wherever they accept `sd`, `hd` or `vd` disks: the first pattern that
 * matches decides (lvm.conf(5)), so each accepting one gets its like in front. The old ones stay, for HVM.
 */
export function acceptXenDisks(text: string): string {
  return text.replace(setting, (filter) => {
    const isList = /=[ \t]*\[/.test(filter);
    return filter.replace(commentOrString, (pattern) => {
      const twin = pattern.startsWith('"a') ? pattern.replace(diskName, 'xvd') : pattern;
      if (twin === pattern || filter.includes(twin)) return pattern;
      return isList ? `${twin}, ${pattern}` : `[ ${twin}, ${pattern} ]`;
    });
  });
}

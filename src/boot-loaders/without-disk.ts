/** The path of a menu's file without the disk before it: `(hd0,0)/vmlinuz`, `($root)/vmlinuz`. */
export const withoutDisk = (path: string): string => path.replace(/^\([^)]*\)/, '');

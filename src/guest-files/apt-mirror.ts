import type { AptSource } from './apt-sources.js';

/** Names that follow a release of Debian instead of naming it. */
const movingNames = 'stable|oldstable|oldoldstable|testing|unstable|sid';

/**
 * The sources with the distribution's own archives replaced by a mirror; others stay. Debian keeps security updates in
 * an archive of their own, beside the main one on most mirrors: `…/debian-security` beside `…/debian`. A guest without
 * any source gets the mirror's main one.
 */
export function withMirror(
  sources: readonly AptSource[],
  mirror: string,
  { id, codename }: { readonly id: string; readonly codename: string },
): readonly AptSource[] {
  const word = codename.replace(/[^\w-]/g, '\\$&');
  const own = new RegExp(`^(${word}|${movingNames})([-/].*)?$`);
  const base = mirror.replace(/\/+$/, '');
  const security = id === 'debian' && base.endsWith('/debian') ? `${base}-security` : base;
  const isSecurity = (suite: string) => id === 'debian' && /(\/updates|-security)$/.test(suite);
  const replaced = sources.map((source) =>
    own.test(source.suite) ? { ...source, uri: isSecurity(source.suite) ? security : base } : source,
  );
  if (replaced.some(({ suite }) => own.test(suite))) return replaced;
  return [...replaced, { uri: base, suite: codename, components: ['main'] }];
}

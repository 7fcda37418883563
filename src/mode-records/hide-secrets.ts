/** Where records keep passwords: attributes of libvirt's `graphics`, settings of xl and items of its `vfb`. */
const secrets = /\b((?:vnc|spice)?passwd[ \t]*=[ \t]*)("[^"]*"|'[^']*'|[^\s,"'<>]+)/g;

/** A record's text as it may be shown: who sees a diff or reads a log needn't learn the password of a console. */
export const hideSecrets = (text: string): string =>
  text.replace(secrets, (_, key: string, value: string) => {
    const quote = /^["']/.exec(value)?.[0] ?? '';
    return `${key}${quote}(hidden)${quote}`;
  });

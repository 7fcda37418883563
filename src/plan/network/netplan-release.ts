import type { Facts } from '../../model.js';

/**
 * How this guest's netplan wants a gateway said. 0.103 deprecated `gateway4` for `routes: [{to: default, …}]`, which
 * older ones don't all understand; without dpkg's list the release tells.
 */
export function gatewayForm({ packages, release }: Facts): 'gateway4' | 'routes' {
  const version = packages.get('netplan.io') ?? packages.get('nplan');
  const minor = /^(?:\d+:)?0\.(\d+)/.exec(version ?? '')?.[1];
  if (minor !== undefined) return Number(minor) < 103 ? 'gateway4' : 'routes';
  if (version !== undefined) return 'routes';
  const major = Number.parseInt(release.version, 10);
  const isOld = release.id === 'ubuntu' ? major < 22 : release.id === 'debian' && major < 12;
  return isOld ? 'gateway4' : 'routes';
}

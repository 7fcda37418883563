/** Where a pool of XenServer or XCP-ng is, and who asks. */
export interface PoolAddress {
  /** `HOST` or `HOST:PORT`, as in a URL. Of a host that isn't the pool's master, the master is asked. */
  readonly host: string;
  readonly user: string;
  /** A file that holds the password; undefined when it comes from the environment. */
  readonly passwordFile?: string;
  /** A file with the certificate, or its authority's, that is trusted besides those that Node.js knows. */
  readonly ca?: string;
  readonly allowUnauthorized: boolean;
}

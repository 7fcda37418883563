import { z } from 'zod';

const absolute = z.string().startsWith('/');

/** The section `xapi` of the configuration file. */
export const xapiSettingsSchema = z.strictObject({
  /** A file with the password, instead of the environment's XAPI_PASSWORD. */
  'password-file': absolute.exactOptional(),
  /** A file with the certificate to trust, since hosts make their own. */
  ca: absolute.exactOptional(),
  /** Any certificate is taken: whoever is in between learns the password. */
  'allow-unauthorized': z.boolean().default(false),
  /** What the kernel gets behind the arguments that pygrub found on the guest's disk. */
  'pv-args': z
    .string()
    .regex(/^[\x20-\x7e]*$/)
    .default(''),
  /** `pv_in_pvh`: the PV kernel runs on a small Xen of its own, for hosts that have no PV any more. */
  'domain-type': z.enum(['pv', 'pv_in_pvh']).default('pv'),
});

export type XapiSettings = z.infer<typeof xapiSettingsSchema>;

import fc from 'fast-check';

/** Lines as people write them into /etc/network/interfaces, and some that nobody should. */
const lines = [
  'auto lo',
  'auto eth0',
  'auto eth0 eth1',
  'allow-hotplug ens3',
  'iface lo inet loopback',
  'iface eth0 inet dhcp',
  'iface eth0 inet6 auto',
  'iface ens3 inet dhcp',
  'iface ens3 inet static',
  'iface br0 inet dhcp',
  'iface eth0.5 inet manual',
  'iface eth0:0 inet static',
  '    address 10.0.0.2/24',
  '\tnetmask 255.255.255.0',
  '  hostname web',
  '  metric 10',
  '    bridge_ports eth0',
  '    bond-slaves eth0 ens3',
  '    up ip route add 10.1.0.0/16 dev eth0',
  '    up echo \\',
  '    # eth0 is the only card \\',
  '#iface eth0 inet dhcp',
  '',
  '  ',
  'mapping hotplug',
  '    script grep',
  'source /etc/network/interfaces.d/*',
  'description eth0',
  '\xe4\xf6\xfc',
] as const;

/** Texts in the form of interfaces(5), with all kinds of line ends. */
export const interfacesText = fc
  .tuple(fc.array(fc.constantFrom(...lines), { maxLength: 25 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([chosen, end, open]) => chosen.join(end) + (open ? '' : end));

const options = lines.filter((line) => /^\s+(?!script)/.test(line) || line === '' || line.startsWith('#'));
const headers = lines.filter((line) => /^(?:auto|allow)/.test(line));
const stanza = fc
  .tuple(
    fc.constantFrom(...lines.filter((line) => line.startsWith('iface'))),
    fc.array(fc.constantFrom(...options)),
  )
  .map(([header, body]) => [header, ...body]);

/** Texts that ifupdown accepts for the most part. */
export const soundInterfacesText = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.constantFrom(...headers).map((line) => [line, '']),
        stanza,
      ),
      { maxLength: 6 },
    ),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
  )
  .map(([parts, end, open]) => parts.flat().join(end) + (open ? '' : end));

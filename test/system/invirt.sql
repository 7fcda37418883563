-- Invirt's tables as far as they are remembered (its source can't be had any more), with a few machines: what the tests
-- and scripts/demo use for a site's database.
CREATE TABLE types (
  type_id text PRIMARY KEY, description text NOT NULL, hvm boolean NOT NULL,
  apic boolean NOT NULL DEFAULT true, acpi boolean NOT NULL DEFAULT true, pae boolean NOT NULL DEFAULT true
);
CREATE TABLE machines (
  machine_id serial PRIMARY KEY, name text NOT NULL, description text NOT NULL DEFAULT '', memory int NOT NULL DEFAULT 512,
  owner text NOT NULL DEFAULT 'nobody', contact text NOT NULL DEFAULT 'nobody', uuid text NOT NULL DEFAULT '',
  administrator text, type_id text NOT NULL REFERENCES types, autorestart boolean NOT NULL DEFAULT true,
  cpus int NOT NULL DEFAULT 1, adminable boolean NOT NULL DEFAULT false
);
CREATE TABLE nics (
  machine_id int REFERENCES machines, mac_addr text PRIMARY KEY, ip text NOT NULL UNIQUE, hostname text,
  reusable boolean NOT NULL DEFAULT true
);
CREATE TABLE disks (
  machine_id int REFERENCES machines, guest_device_name text, size int NOT NULL,
  PRIMARY KEY (machine_id, guest_device_name)
);
INSERT INTO types (type_id, description, hvm) VALUES
  ('linux', 'Linux', false), ('linux-hvm', 'Linux (HVM)', true), ('netbsd', 'NetBSD', false), ('windows', 'Windows', true),
  ('solaris-hvm', 'a type without a PV one', true), ('strange', 'strange', true), ('strange-hvm', 'strange (HVM)', true);
INSERT INTO machines (name, type_id) VALUES
  ('web1', 'linux-hvm'), ('web2', 'linux-hvm'), ('web3', 'linux-hvm'), ('paravirtual', 'linux'), ('twin', 'linux-hvm'),
  ('twin', 'linux'), ('office', 'windows'), ('sun', 'solaris-hvm'), ('strange', 'strange-hvm');
INSERT INTO nics (machine_id, mac_addr, ip) VALUES (1, '00:16:3e:00:00:01', '18.181.3.4'), (1, '00:16:3e:00:00:02', '18.181.3.5'),
  (2, '00:16:3e:00:00:03', '18.181.3.6');
INSERT INTO disks VALUES (1, 'hda', 10240), (1, 'hdb', 1024), (2, 'hda', 1024);

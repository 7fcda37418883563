import type { XmlDocument } from './libvirt-xml.js';
import type { RecordChange } from './mode-record.js';
import type { RecordBoot } from './record-boot.js';
import type { XmlEdits } from './xml-edit.js';

/** A conversion under way: the definition as it was, the edits so far, and why they were made. */
export interface Conversion {
  readonly document: XmlDocument;
  readonly edits: XmlEdits;
  /** How the domain will find its kernel. */
  readonly boot: RecordBoot;
  readonly changes: RecordChange[];
}

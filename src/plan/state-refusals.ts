import type { Problem } from '../model.js';

/** The reasons that lie in what an earlier run left in the state directory. */
export const stateRefusals = {
  'conversion-interrupted': (path: string): Problem => ({
    code: 'conversion-interrupted',
    message: `a conversion of ${path} was interrupted while it wrote: the image is neither old nor new`,
    remedy: `run "convert-image ${path}" to finish it, or "convert-image undo ${path}" to go back; do not start the guest before`,
  }),
  'undo-interrupted': (path: string): Problem => ({
    code: 'undo-interrupted',
    message: `an undo of ${path} was interrupted while it wrote: the image is neither old nor new`,
    remedy: `run "convert-image undo ${path}" to finish it; do not start the guest before`,
  }),
  'journal-damaged': (reason: string, folder: string): Problem => ({
    code: 'journal-damaged',
    message: `the journal of an earlier conversion can't be understood: ${reason}`,
    remedy: `look into ${folder}: undo.qcow2 there holds the original content; move the folder away once the image is as it should be`,
  }),
  'nothing-to-undo': (path: string, stateDirectory: string): Problem => ({
    code: 'nothing-to-undo',
    message: `no conversion of ${path} is known in ${stateDirectory}`,
    remedy: 'see "convert-image status"; name the place of the journals with --state-dir',
  }),
  'image-replaced': (path: string): Problem => ({
    code: 'image-replaced',
    message: `${path} is not the file that the interrupted conversion wrote to: somebody has put another in its place`,
    remedy: `run "convert-image forget ${path}" if this one is as it should be`,
  }),
  'image-changed': (path: string, detail: string): Problem => ({
    code: 'image-changed',
    message: `${path} has changed since the conversion (${detail}): the guest has run, and the undo archive does not hold what it has written`,
    remedy:
      'to return to HVM, flip the record back with --record-only: a converted guest still boots as HVM; --discard-changes writes the original blocks back if the file systems are sound then',
  }),
  'undo-would-damage': (path: string, damage: string): Problem => ({
    code: 'undo-would-damage',
    message: `the guest on ${path} has changed so much that its file systems would be damaged with the original blocks: ${damage}`,
    remedy:
      'return to HVM by flipping the record back (--record-only): a converted guest still boots as HVM; or restore the image from a backup',
  }),
  'forget-interrupted': (path: string): Problem => ({
    code: 'forget-interrupted',
    message: `a conversion or an undo of ${path} was interrupted, and what is kept is needed to mend the image`,
    remedy: `run "convert-image ${path}" to finish it or "convert-image undo ${path}" to go back`,
  }),
} as const;

import type { Rule } from '../../model.js';
import { bootTarget } from '../boot-target.js';
import { extraArguments, saysResume } from '../extra-arguments.js';

/** Tells when the initramfs will wait for a device that isn't there and the command line doesn't keep it from that. */
export const resumeRule: Rule = {
  name: 'resume',
  needsKernel: true,
  apply: (facts, request) => {
    const boot = bootTarget(facts, request.boot);
    const isFine = extraArguments(facts).length === 0 || boot === undefined || saysResume(boot.commandLine);
    const message = `${boot?.initramfs ?? 'the initramfs'} waits half a minute at boot for a device to resume from that is not there under PV; run update-initramfs -u in the guest`;
    return {
      edits: [],
      problems: [],
      notices: isFine ? [] : [{ code: 'initramfs-resume-differs', message }],
    };
  },
};

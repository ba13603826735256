import type { Context } from './context';
import { changesDisks, growsDisk, lacksAio, slotsWithoutAio } from './disks';
import { raise, type OpenFinding } from './node-findings';
import { asText, block, isUnset, same, type Values } from '../terraform/values';
import type { PlannedVm } from './vms';

/**
 * Changes that the provider makes only while the VM is off. Where it may not restart the VM, apply ends with an error in the
 * middle: what was written before that waits for a restart.
 */
export function powerOffFindings(vm: PlannedVm, context: Context): OpenFinding[] {
  const { name, before, after, review } = vm;
  if (review?.power !== 'later' && review?.power !== 'restarts') return [];
  if (review.action !== 'update' && review.action !== 'import') return [];
  const aio = changesDisks(before, after) && lacksAio(name, after, context);
  const warning = aio
    ? [
        raise(
          'warning',
          'disk-without-aio',
          name,
          `any change of its disks needs a restart: ${withoutAio(vm, context)}`,
        ),
      ]
    : [];
  if (review.power === 'restarts') return warning;

  const others = review.changes.some(({ what, effect }) => effect === 'restart' && !what.startsWith('disk '));
  const stuck = refusedWhileRunning(before, after).map((what) =>
    raise(
      'blocked',
      'power-off-needed',
      name,
      `${what} cannot change while the VM runs, and ${END}; ${allowRestart(name)}`,
    ),
  );
  if (!growsDisk(before, after) || !(aio || others)) return [...warning, ...stuck];
  const cause = aio
    ? withoutAio(vm, context)
    : 'another change of this plan needs a restart, and a disk grows only after that';
  const apart = others ? `; or apply the other changes first, and let the disk grow afterwards` : '';
  const message = `a disk cannot grow while the VM runs: ${cause}; ${END}; ${allowRestart(name)}${aio ? '' : apart}`;
  return [raise('blocked', 'disk-grown', name, message), ...stuck];
}

const END = 'apply would end in the middle';

const allowRestart = (name: string): string =>
  `set reboot_after_update: true of ${name} for this change, with which apply shuts the VM down, changes it and starts it again`;

function withoutAio({ name, after }: PlannedVm, { live }: Context): string {
  const slots = slotsWithoutAio(after, live.get(name));
  const option = 'option aio on the server, and the provider writes it with the change';
  if (slots.length === 0) return `it was adopted, and its disks may have no ${option}`;
  return `${slots.join(' and ')} ${slots.length === 1 ? 'has' : 'have'} no ${option}`;
}

/** What the drive of cloud-init is. What is on it changes while the VM runs. */
const CLOUD_INIT_DRIVE = ['datastore_id', 'interface', 'file_format'];

function refusedWhileRunning(before: Values, after: Values): string[] {
  const [old, now] = [block(before, 'initialization'), block(after, 'initialization')];
  const moves = !isUnset(now) && CLOUD_INIT_DRIVE.some((key) => asText(old[key]) !== asText(now[key]));
  const tpm = !same(before['tpm_state'], after['tpm_state']);
  return [...(tpm ? ['the TPM'] : []), ...(moves ? ['the cloud-init drive'] : [])];
}

import { liveCheck, need, notChecked } from '../lib/check';
import { holds } from '../../proxmox/permissions';

/** Guests that the token may not see are left out of all answers without a word: then nobody knows whether ids are free. */
export const visibility = liveCheck('live-identity-taken', 'guests of others', function* ({ live }) {
  if (holds(need(live.permissions), '/vms/any', 'VM.Audit')) return;
  notChecked(
    `token "${live.tokenId}" has no VM.Audit on /vms, so neither doctor nor the guards of a plan know VMIDs, names, MAC addresses and memory of guests that it does not see`,
  );
});

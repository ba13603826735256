import { error, warning } from '../../rules/lib/rule';
import { liveCheck } from '../lib/check';
import { ownVm } from '../lib/guests';

export const vmState = liveCheck('live-vm-state', 'state of VMs', function* (context) {
  for (const node of context.nodes) {
    const guest = ownVm(context, node)?.guest;
    if (!guest) continue;
    const vm = `VM ${guest.vmid} of ${node.name}`;
    if (guest.template) {
      yield error(node.path, `${vm} is a template, which does not start; clone it or remove it`);
    } else if (guest.lock !== undefined) {
      yield error(
        node.path,
        `${vm} is locked (${guest.lock}), so every change fails; wait for its task, or run: qm unlock ${guest.vmid}`,
      );
    } else if (guest.status !== 'running' && node.started) {
      yield warning(
        node.path,
        `${vm} is ${guest.status}, and the next apply starts it; write vm_started: false to leave it so`,
      );
    }
  }
});

import { parseVmIdRange, VM_ID_MAX, VM_ID_MIN } from '../cluster/identity/vm-id';
import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { formatRange, isVmId } from './lib/vm-ids';
import { clusterRule, error, warning, type Finding } from './lib/rule';

export const vmidRange = clusterRule(
  'vmid-range',
  'VMIDs are whole numbers from 100 to 999999999; ranges are first-last and leave 100 to VMs made by hand',
  function* ({ definition, vmIdRanges }) {
    for (const role of ROLES) {
      const { key } = ROLE_FACTS[role];
      for (const [i, { vm_id: id }] of (definition[key] ?? []).entries()) {
        if (id === undefined) continue;
        const problem = vmIdProblem(id, formatRange(vmIdRanges[role]));
        if (problem !== undefined) yield error([key, i, 'vm_id'], problem);
      }
      const range = definition.defaults?.[key]?.vm_id_range;
      if (range !== undefined)
        yield* rangeFindings(range, ['defaults', key, 'vm_id_range'], ROLE_FACTS[role].vmIdRange);
    }
  },
);

/** What is wrong with a VMID; `undefined` if Proxmox takes it. @param better range to choose one of */
export function vmIdProblem(id: number, better: string): string | undefined {
  if (isVmId(id)) return undefined;
  const why =
    id < VM_ID_MIN ? `below ${VM_ID_MIN}` : id > VM_ID_MAX ? `above ${VM_ID_MAX}` : 'no whole number';
  return `${id} is ${why}; choose one of ${better}`;
}

function* rangeFindings(text: string, path: string[], usual: string): Generator<Finding> {
  const range = parseVmIdRange(text);
  if (!range) {
    const [, first, last] = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(text) ?? [];
    const why = first === undefined ? 'is no range' : 'runs backwards';
    yield error(
      path,
      `"${text}" ${why}; write ${first === undefined ? `first-last, e.g. ${usual}` : `${last}-${first}`}`,
    );
  } else if (range.first < VM_ID_MIN) {
    yield error(path, `${text} starts below ${VM_ID_MIN}; write e.g. ${usual}`);
  } else if (range.last > VM_ID_MAX) {
    yield error(path, `${text} ends above ${VM_ID_MAX}; write e.g. ${usual}`);
  } else if (range.first === VM_ID_MIN) {
    yield warning(
      path,
      `${text} starts at ${VM_ID_MIN}, where Proxmox puts VMs made by hand; start higher, e.g. ${usual}`,
    );
  }
}

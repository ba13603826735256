/** Whether VMs are still the same ones. */
import type { Site } from '../../../simulators/pve';
import { parseProperties } from '../../../simulators/pve/formats/property-string';
import { pendingKeys } from '../../../simulators/pve/vm/config';

/** What makes a VM the same one: a new one has another `vmgenid`, whatever else is equal. */
export interface Vm {
  readonly generation: string;
  readonly uuid: string;
  readonly disks: readonly string[];
}

/** By VMID. One that is still being created is none yet. */
export function vmsOf(sites: readonly Site[]): Map<number, Vm> {
  const vms = sites.flatMap(({ state }) =>
    [...state.vms.values()]
      .filter(({ lock }) => lock !== 'create')
      .map(({ vmid, config }): [number, Vm] => [
        vmid,
        {
          generation: String(config['vmgenid']),
          uuid: parseProperties(String(config['smbios1'] ?? ''))['uuid'] ?? '',
          disks: state.volumes(vmid).map(({ volid }) => volid),
        },
      ]),
  );
  return new Map(vms);
}

/** The VMs of `before` that are no longer the same: replaced, gone, or without one of their disks. */
export function lostVms(before: ReadonlyMap<number, Vm>, after: ReadonlyMap<number, Vm>): number[] {
  return [...before].filter(([vmid, vm]) => !isSame(vm, after.get(vmid))).map(([vmid]) => vmid);
}

const isSame = (one: Vm, other: Vm | undefined): boolean =>
  other?.generation === one.generation &&
  other.uuid === one.uuid &&
  one.disks.every((disk) => other.disks.includes(disk));

/** `cp-1 running`, with what waits for a restart. */
export function statusOf(sites: readonly Site[]): string[] {
  return sites
    .flatMap(({ state }) => [...state.vms.values()])
    .map((vm) => {
      const waiting = pendingKeys(vm);
      const name = `${String(vm.config['name'])} ${vm.status}`;
      return waiting.length === 0 ? name : `${name}, ${waiting.join()} after a restart`;
    })
    .sort();
}

/** Disks and images: what must be gone after a destroy. */
export const volumesOf = (sites: readonly Site[]): string[] =>
  sites.flatMap(({ state }) => state.volumes().map(({ volid }) => volid));

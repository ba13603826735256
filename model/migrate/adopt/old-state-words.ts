import { byBytes } from '../../support/text';
import type { StateVm } from './old-state';

/** What the owner of an old state does with it, once the VMs are in the new one. */
export interface Leaving {
  /** Takes the VMs out of the state, one by one. */
  readonly commands: readonly string[];
  /** `removed` blocks that do the same, for resources of which all instances were adopted. */
  readonly blocks: string;
}

/**
 * How VMs leave the state that they were in, without being destroyed.
 *
 * @param all VMs of the state
 * @param adopted those of them that are adopted
 */
export function leaving(all: readonly StateVm[], adopted: readonly StateVm[]): Leaving {
  const addresses = new Set(adopted.map(({ address }) => address));
  const kept = new Set(all.filter(({ address }) => !addresses.has(address)).map(({ resource }) => resource));
  const whole = [...new Set(adopted.map(({ resource }) => resource))].filter(
    (resource) => !kept.has(resource),
  );
  return {
    commands: [...addresses].sort(byBytes).map((address) => `terraform state rm ${quoted(address)}`),
    blocks: whole.sort(byBytes).map(removedBlock).join('\n'),
  };
}

/** For a shell: addresses hold quotes and brackets. */
const quoted = (address: string): string => `'${address.replaceAll("'", `'\\''`)}'`;

/** A `removed` block names no instances, neither of a resource nor of a module. */
const removedBlock = (resource: string): string =>
  `removed {\n  from = ${resource.replace(/\[[^\]]*\]/g, '')}\n\n  lifecycle {\n    destroy = false\n  }\n}\n`;

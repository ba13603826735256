import type { Cluster } from '../cluster/cluster';

type Managed = Pick<Cluster, 'name' | 'management'>;

/**
 * Why a command that talks to Omni has nothing to do with a cluster, and what is meant instead; `undefined` where Omni manages it.
 *
 * @param command as one types it after `npm run`
 */
export function elsewhere({ name, management }: Managed, command: string): string | undefined {
  const what = `${command} is for clusters that Omni manages, and ${name} has management: ${management.kind}`;
  switch (management.kind) {
    case 'omni':
      return undefined;
    case 'standalone':
      return `${what}; npm run up -- ${name} makes its VMs a cluster with talosctl`;
    case 'none':
      return `${what}: its VMs are made here, and Talos on them is yours; npm run up -- ${name} brings the VMs up to date`;
  }
}

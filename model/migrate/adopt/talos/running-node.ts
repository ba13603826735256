import type { Documents } from '../../../talos/config-changes';
import type { MachineIdentity } from '../../../talos/node-answers';

/** A node of a cluster that runs, as it says of itself. */
export interface RunningNode {
  /** Where it answers. */
  readonly address: string;
  /** "" where neither it nor its cluster tells. */
  readonly hostname: string;
  readonly identity: MachineIdentity;
  readonly isControlPlane: boolean;
  /** Its machine configuration. It is a secret. */
  readonly text: string;
  readonly documents: Documents;
  /** Talos that it runs. */
  readonly version: string;
  /** Id of the schematic that it was installed from. */
  readonly schematic?: string;
  /** Names of its extensions, with their owner. */
  readonly extensions: readonly string[];
}

import { parseVersion } from './versions';

/** Lowest minor of Talos 1 that templates are made for: UserVolumeConfig and disk links came with it. */
export const FIRST_MINOR = 10;

/** First minor of Talos 1 whose network configuration is made of separate documents. */
const DOCUMENTS_MINOR = 12;

/** First minor of Talos 1 whose system volumes are encrypted by documents of their own. */
const ENCRYPTED_VOLUMES_MINOR = 11;

/** First minor of Talos 1 in which GPUs reach pods through CDI, without a default runtime. */
const CDI_MINOR = 13;

/** First minor of Talos 1 that takes a staged configuration as its first one. */
const STAGED_FIRST_MINOR = 13;

/** Minor of a version of Talos 1; that of a later major counts as newer than all of them. */
export function talosMinor(version: string): number {
  const parsed = parseVersion(version);
  if (!parsed) return 0;
  return parsed.major > 1 ? Infinity : parsed.minor;
}

/**
 * Whether network and hostname are `machine.network` of the one big document. What counts is the version that the cluster
 * was created with: its configuration already holds the hostname setting of that version, and a second form is refused.
 */
export const isLegacyNetwork = (contract: string): boolean => talosMinor(contract) < DOCUMENTS_MINOR;

/** Whether a volume says itself how it is encrypted, by the version that the cluster was created with. */
export const encryptsByVolume = (contract: string): boolean =>
  talosMinor(contract) >= ENCRYPTED_VOLUMES_MINOR;

/** Whether the NVIDIA runtime is made the default runtime. */
export const needsDefaultRuntime = (version: string): boolean => talosMinor(version) < CDI_MINOR;

/**
 * Whether a node in maintenance mode calls its first configuration one that needs a reboot, and then refuses to stage it. Told by the
 * version that the cluster was created with, which stays: what is made of it has an address.
 */
export const refusesStagedFirst = (contract: string): boolean => talosMinor(contract) < STAGED_FIRST_MINOR;

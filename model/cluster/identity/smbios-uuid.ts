import { v5, validate } from 'uuid';

/** Namespace of this project; a definition may set its own (`uuid_namespace`). Changing it would give every machine a new identity. */
export const UUID_NAMESPACE = '6d1f3c1e-8a53-5f0b-9c1d-3b6f0f5f7a10';

/**
 * SMBIOS UUID of a node: version 5, from cluster and node name. Omni and Talos use it as machine id, in lower case; it is
 * known before the VM exists.
 */
export function smbiosUuid(cluster: string, node: string, namespace = UUID_NAMESPACE): string {
  return v5(`${cluster}/${node}`, namespace);
}

/** Whether UUIDs can derive from it: version and variant must be right, which hardware does not care about. */
export const isNamespace = (text: string): boolean => validate(text);

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** All zeros or all ones, which is how firmware says that there is none. */
export const isNoUuid = (text: string): boolean => /^(?:[0-]+|[f-]+)$/i.test(text);

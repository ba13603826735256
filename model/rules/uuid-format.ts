import { isNamespace, isNoUuid, isUuid } from '../cluster/identity/smbios-uuid';
import { ROLE_FACTS, ROLES } from '../cluster/roles';
import { clusterRule, error } from './lib/rule';

export const uuidFormat = clusterRule(
  'uuid-format',
  'UUIDs are 8-4-4-4-12 hex digits, and stand for something',
  function* ({ definition }) {
    for (const { key } of ROLES.map((role) => ROLE_FACTS[role])) {
      for (const [i, { uuid }] of (definition[key] ?? []).entries()) {
        if (uuid === undefined) continue;
        const path = [key, i, 'uuid'];
        const problem = uuidProblem(uuid);
        if (problem !== undefined) yield error(path, problem);
      }
    }
    const namespace = definition.uuid_namespace;
    if (namespace === undefined || isNamespace(namespace)) return;
    const otherwise = 'write one that uuidgen makes';
    const what = isUuid(namespace)
      ? 'has no version and variant that UUIDs can derive from'
      : 'is not a UUID';
    yield error(['uuid_namespace'], `"${namespace}" ${what}; ${repair(namespace) ?? otherwise}`);
  },
);

/** What is wrong with the SMBIOS UUID of a VM; `undefined` if nothing. */
export function uuidProblem(uuid: string): string | undefined {
  if (!isUuid(uuid)) {
    return `"${uuid}" is not a UUID; ${repair(uuid) ?? 'write 8-4-4-4-12 hex digits, or leave it out to derive one'}`;
  }
  return isNoUuid(uuid) ? `${uuid} means "no UUID" in SMBIOS; leave it out to derive one` : undefined;
}

/** The UUID in a text with other separators, braces or none. */
function repair(text: string): string | undefined {
  const digits = text
    .replace(/^urn:uuid:/i, '')
    .replace(/[\s{}-]/g, '')
    .toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits)) return undefined;
  const uuid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return uuid === text.toLowerCase() ? undefined : `write ${uuid}`;
}

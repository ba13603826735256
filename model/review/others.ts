import { afterOf, beforeOf, reasonsOf } from './context';
import { actionOf, type ResourceChange } from '../terraform/plan';
import type { Action, Change, Level, OtherReview } from './types';
import { asText, isUnset, same, type Side, type Values } from '../terraform/values';
import { own } from '../support/json';

interface Kind {
  readonly title: string;
  /** Key that people know it by. */
  readonly name: string;
  /** How bad it is when it goes: what can be made again from nothing is not bad. */
  readonly removal: Level;
}

const kind = (title: string, name: string, removal: Level): Kind => ({ title, name, removal });

const KINDS: Readonly<Record<string, Kind>> = {
  proxmox_download_file: kind('image', 'file_name', 'low'),
  proxmox_hardware_mapping_pci: kind('PCI mapping', 'name', 'medium'),
  proxmox_virtual_environment_pool: kind('resource pool', 'pool_id', 'medium'),
  proxmox_haresource: kind('HA resource', 'resource_id', 'low'),
  proxmox_harule: kind('HA rule', 'rule', 'low'),
  null_resource: kind('post-apply command', '', 'low'),
  terraform_data: kind('terraform data', '', 'low'),
};

/** What happens to a resource that is no VM; `undefined` if nothing. */
export function otherReview(resource: ResourceChange): OtherReview | undefined {
  const action = actionOf(resource);
  if (!action || resource.mode !== 'managed') return undefined;
  const { type, address, change, previous_address } = resource;
  const { title, name, removal } = own(KINDS, type) ?? kind(type.replace(/^proxmox_/, ''), '', 'high');
  const [before, after] = [beforeOf(change), afterOf(change)];
  const shown = asText(after.masked()[name]) || asText(before.masked()[name]) || resource.name;
  const both = !isUnset(change.before) && !isUnset(change.after);
  return {
    kind: title,
    name: shown,
    place: asText(after.masked()['node_name']) || asText(before.masked()['node_name']),
    address,
    action,
    level: levelOf(action, removal),
    changes: both ? changesOf(before, after) : [],
    reasons: action === 'replace' ? reasonsOf(resource, labelOf) : [],
    origin: previous_address ?? change.importing?.id ?? '',
  };
}

function levelOf(action: Action, removal: Level): Level {
  if (action === 'remove' || action === 'replace') return removal;
  return action === 'import' || action === 'forget' ? 'medium' : 'low';
}

const LABELS: Readonly<Record<string, string>> = {
  file_name: 'file',
  url: 'address',
  map: 'devices',
  datastore_id: 'storage',
};

const labelOf = (path: string): string => own(LABELS, path) ?? path;

/** An address may hold a token even where nobody marked it, and says nothing that the file name does not say. */
const HIDDEN = new Set(['url']);

function changesOf(before: Side, after: Side): Change[] {
  const keys = Object.keys({ ...(before.value as Values), ...(after.value as Values) });
  return keys
    .filter((key) => !same(before.get(key).value, after.get(key).value))
    .filter((key) => !HIDDEN.has(key) && !after.get(key).isUnknown)
    .map((key) => ({
      what: labelOf(key),
      from: before.get(key).text(),
      to: after.get(key).text(),
      effect: 'hot' as const,
    }));
}

import type { z } from 'zod';
import type { Diagnostic } from '../diagnostics/diagnostics';
import {
  INVENTORY_FORMAT_VERSION,
  inventoryMachineSchema,
  type Inventory,
  type InventoryMachine,
} from './machine';
import { byBytes, list } from '../support/text';
import { issueWords } from '../support/issue-words';
import { parseJson } from '../support/json';

/** An inventory that can be matched, or all that is wrong with it. */
export type InventoryRead =
  { readonly inventory: Inventory } | { readonly diagnostics: readonly Diagnostic[] };

const MAC = /^(?:[0-9A-F]{2}:){5}[0-9A-F]{2}$/;

/**
 * Reads output `machine_inventory` and checks what matching relies on: a known version, the right cluster, and identities
 * that no two machines share.
 *
 * @param source how messages name the text: a file, or the command that printed it
 */
export function readInventory(source: string, text: string, cluster: string): InventoryRead {
  const problem = (path: string, message: string, rule = 'inventory-format'): Diagnostic => ({
    file: source,
    severity: 'error',
    rule,
    path,
    message,
  });
  const value = parse(text);
  if (!isMap(value)) {
    return {
      diagnostics: [
        problem('', 'is not a JSON map; give it the output of terraform output -json machine_inventory'),
      ],
    };
  }
  if (isMap(value['machine_inventory']) && 'value' in value['machine_inventory']) {
    return {
      diagnostics: [
        problem('', 'holds all outputs; give it that of terraform output -json machine_inventory alone'),
      ],
    };
  }
  if (Object.keys(value).length === 0) {
    return { diagnostics: [problem('', 'has no machines; apply the stack first')] };
  }
  const machines: [string, InventoryMachine][] = [];
  const diagnostics: Diagnostic[] = [];
  for (const [name, entry] of Object.entries(value).sort(([a], [b]) => byBytes(a, b))) {
    const result = inventoryMachineSchema.safeParse(entry);
    if (result.success) machines.push([name, result.data]);
    else diagnostics.push(...shapeProblems(entry, result.error.issues).map((text) => problem(name, text)));
  }
  for (const [name, { cluster: named }] of machines) {
    if (named !== cluster)
      diagnostics.push(problem(name, `belongs to cluster "${named}", not "${cluster}"; name that one`));
  }
  for (const [rule, text] of sharedIdentities(machines)) diagnostics.push(problem('', text, rule));
  return diagnostics.length > 0 ? { diagnostics } : { inventory: Object.fromEntries(machines) };
}

/**
 * One inventory out of those of the parts of a split state. What is wrong with it as an inventory is told when it is read.
 *
 * @param parts source and text of each
 */
export function mergeInventories(
  parts: readonly (readonly [source: string, text: string])[],
): { readonly text: string } | { readonly problem: string } {
  const owners = new Map<string, string>();
  const merged: [string, unknown][] = [];
  for (const [source, text] of parts) {
    const value = parse(text);
    if (!isMap(value)) return { problem: `the output machine_inventory of ${source} is not a JSON map` };
    for (const [name, machine] of Object.entries(value)) {
      const owner = owners.get(name);
      if (owner !== undefined)
        return {
          problem: `${name} is in the states of ${owner} and ${source}; apply both, or run npm run move-state`,
        };
      owners.set(name, source);
      merged.push([name, machine]);
    }
  }
  return { text: JSON.stringify(Object.fromEntries(merged)) };
}

function parse(text: string): unknown {
  const json = parseJson(text);
  return 'value' in json ? json.value : undefined;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function shapeProblems(entry: unknown, issues: readonly z.core.$ZodIssue[]): string[] {
  const version = isMap(entry) ? entry['format_version'] : undefined;
  // With another version, what else differs is no mistake.
  if (version !== INVENTORY_FORMAT_VERSION) {
    const has = version === undefined ? 'no format_version' : `format_version ${JSON.stringify(version)}`;
    return [
      `has ${has}, and this program reads ${INVENTORY_FORMAT_VERSION}; synthesize and apply with the same version of it`,
    ];
  }
  return issues.map(issueWords);
}

/** MACs and UUIDs that are malformed or on several machines: matching could not tell these apart. */
function sharedIdentities(machines: readonly [string, InventoryMachine][]): [rule: string, text: string][] {
  const problems: [string, string][] = [];
  const owners = new Map<string, Set<string>>();
  const own = (key: string, name: string) => owners.set(key, (owners.get(key) ?? new Set()).add(name));
  for (const [name, machine] of machines) {
    for (const mac of inventoryMacs(machine)) {
      if (!MAC.test(mac))
        problems.push(['inventory-format', `${name} has "${mac}", which is not a MAC address`]);
      own(`MAC ${mac}`, name);
    }
    if (machine.smbios_uuid !== '') own(`SMBIOS UUID ${machine.smbios_uuid.toLowerCase()}`, name);
  }
  for (const [key, names] of owners) {
    if (names.size > 1)
      problems.push([
        'inventory-identity-unique',
        `${key} is on ${list(names)}; give each its own in the definition, and apply`,
      ]);
  }
  return problems;
}

/** MAC addresses of all NICs, upper case, the first NIC first. */
export const inventoryMacs = ({ mac_address, nics }: InventoryMachine): string[] => [
  ...new Set([mac_address, ...nics.map((nic) => nic.mac_address)].map((mac) => mac.toUpperCase())),
];

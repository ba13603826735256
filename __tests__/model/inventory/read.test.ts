import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { readInventory } from '../../../model/inventory/read';
import { baseInventory, nodeOf } from '../../testing/inventory';

const INVENTORY = baseInventory();

const told = (value: unknown, cluster = 'home'): string[] => {
  const result = readInventory(
    'inv.json',
    typeof value === 'string' ? value : JSON.stringify(value),
    cluster,
  );
  return 'diagnostics' in result ? result.diagnostics.map(formatDiagnostic) : [];
};

describe('readInventory', () => {
  it('reads what the stack puts out', () => {
    expect(readInventory('x', JSON.stringify(INVENTORY), 'home')).toEqual({ inventory: INVENTORY });
  });

  it('takes keys that a later version adds', () => {
    const more = { ...INVENTORY, 'cp-1': { ...nodeOf(INVENTORY, 'cp-1'), rack: 7 } };
    expect(readInventory('x', JSON.stringify(more), 'home')).toEqual({ inventory: INVENTORY });
  });

  it.each<[string, unknown, string]>([
    [
      'text',
      'oops',
      'inv.json: error[inventory-format] is not a JSON map; give it the output of terraform output -json machine_inventory',
    ],
    [
      'nothing',
      '',
      'inv.json: error[inventory-format] is not a JSON map; give it the output of terraform output -json machine_inventory',
    ],
    [
      'a list',
      [],
      'inv.json: error[inventory-format] is not a JSON map; give it the output of terraform output -json machine_inventory',
    ],
    ['no machines', {}, 'inv.json: error[inventory-format] has no machines; apply the stack first'],
    [
      'all outputs',
      { machine_inventory: { value: {}, sensitive: false } },
      'inv.json: error[inventory-format] holds all outputs; give it that of terraform output -json machine_inventory alone',
    ],
    [
      'another version',
      { n: { format_version: 2 } },
      'inv.json: error[inventory-format] n: has format_version 2, and this program reads 1; synthesize and apply with the same version of it',
    ],
    [
      'no version',
      { n: { hostname: 'n' } },
      'inv.json: error[inventory-format] n: has no format_version, and this program reads 1; synthesize and apply with the same version of it',
    ],
  ])('refuses %s', (_, value, message) => {
    expect(told(value)).toEqual([message]);
  });

  it('tells all problems of the machines at once', () => {
    const cp = nodeOf(INVENTORY, 'cp-1');
    const twin = {
      ...nodeOf(INVENTORY, 'cp-2'),
      nics: cp.nics.map((nic) => ({ ...nic, mac_address: cp.mac_address.toLowerCase() })),
    };
    const broken = {
      ...nodeOf(INVENTORY, 'cp-3'),
      mac_address: 'zz',
      smbios_uuid: cp.smbios_uuid.toUpperCase(),
    };
    const wrong = { ...nodeOf(INVENTORY, 'gpu-1'), vm_id: '7' };
    expect(told({ 'cp-1': cp, 'cp-2': twin, 'cp-3': broken, 'gpu-1': wrong })).toEqual([
      'inv.json: error[inventory-format] gpu-1: vm_id must be a number',
      'inv.json: error[inventory-format] cp-3 has "ZZ", which is not a MAC address',
      `inv.json: error[inventory-identity-unique] MAC ${cp.mac_address} is on cp-1, cp-2; give each its own in the definition, and apply`,
      `inv.json: error[inventory-identity-unique] SMBIOS UUID ${cp.smbios_uuid} is on cp-1, cp-3; give each its own in the definition, and apply`,
    ]);
  });

  it('refuses that of another cluster', () => {
    expect(told({ 'cp-1': INVENTORY['cp-1'] }, 'prod')).toEqual([
      'inv.json: error[inventory-format] cp-1: belongs to cluster "home", not "prod"; name that one',
    ]);
  });
});

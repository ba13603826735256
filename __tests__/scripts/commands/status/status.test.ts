import type { Inventory } from '../../../../model/inventory/machine';
import type { Matching } from '../../../../model/omni/match';
import {
  inventoryPart,
  omniPart,
  proxmoxPart,
  type PartState,
} from '../../../../scripts/commands/status/parts';
import { runStatus, type StatusOptions } from '../../../../scripts/commands/status/status';
import { definitionOf } from '../../../../scripts/lib/project/assemblies';
import { chooseName } from '../../../../scripts/lib/project/choose-cluster';
import { INTERRUPTED } from '../../../../scripts/lib/platform/interrupt';

jest.mock('../../../../scripts/commands/status/parts', () => ({
  inventoryPart: jest.fn(),
  omniPart: jest.fn(),
  proxmoxPart: jest.fn(),
}));
jest.mock('../../../../scripts/lib/project/assemblies', () => ({ definitionOf: jest.fn() }));
jest.mock('../../../../scripts/lib/project/choose-cluster', () => ({ chooseName: jest.fn() }));

const machine = (changes: object) => ({
  role: 'worker',
  proxmox_server: 'pve1',
  vm_id: 1100,
  mac_address: 'BC:24:11:02:00:00',
  ...changes,
});
const inventory = {
  'w-2': machine({ vm_id: 1101, mac_address: 'BC:24:11:02:00:01' }),
  'w-1': machine({}),
} as unknown as Inventory;
const guests = new Map([['pve1', [{ vmid: 1100, status: 'running', node: 'pve1', name: 'w-1' }]]]);
const asked = (part: string): PartState => ({ part, state: 'asked', reason: '' });

interface World {
  readonly kind?: 'omni' | 'standalone';
  readonly choice?: { problems: string[] };
  readonly inventory?: Inventory | undefined;
  readonly states?: readonly PartState[];
  readonly output?: 'json';
  readonly aborted?: boolean;
}

async function status(world: World = {}) {
  jest.resetAllMocks();
  const { kind = 'omni', choice, states = [asked('proxmox/pve1')], output, aborted } = world;
  jest.mocked(chooseName).mockResolvedValue(choice ?? 'home');
  jest.mocked(definitionOf).mockResolvedValue({
    cluster: { talosVersion: 'v1.11.5', management: { kind } },
  } as never);
  jest
    .mocked(inventoryPart)
    .mockResolvedValue(
      'inventory' in world && !world.inventory
        ? { state: { part: 'inventory', state: 'failed', reason: 'no state' } }
        : { inventory, state: asked('inventory') },
    );
  jest
    .mocked(proxmoxPart)
    .mockResolvedValue({ guests, states, waiting: { nodes: [], problems: [] } } as never);
  const matching = {
    nodes: [
      {
        name: 'w-1',
        reason: 'matched',
        machines: [
          {
            metadata: { id: 'id-1', labels: {} },
            spec: { connected: true, talosversion: 'v1.11.5', cluster: 'home' },
          },
        ],
      },
    ],
  } as unknown as Matching;
  jest.mocked(omniPart).mockResolvedValue({
    matching,
    ready: new Map([['id-1', true]]),
    state: asked('omni'),
    diagnostics: [],
  });
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const options: StatusOptions = {
    definitions: 'clusters',
    timeout: 5,
    env: {},
    ...(output ? { output } : {}),
  };
  const code = await runStatus(options, io, aborted ? AbortSignal.abort() : new AbortController().signal);
  return {
    code,
    out,
    err,
    lines: out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/).map((cell) => cell.trim())),
  };
}

describe('status', () => {
  it('is a table of what Terraform, Proxmox and Omni know, in the order of the names', async () => {
    const { code, lines, err } = await status();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(lines[0]?.slice(0, 6)).toEqual(['NODE', 'ROLE', 'SERVER', 'VMID', 'VM', 'MAC']);
    expect(lines[0]?.slice(6)).toEqual(['OMNI ID', 'CONNECTED', 'TALOS', 'CLUSTER', 'READY']);
    expect(lines[1]).toEqual(
      expect.arrayContaining([
        'w-1',
        'worker',
        'pve1',
        '1100',
        'running',
        'BC:24:11:02:00:00',
        'id-1',
        'yes',
      ]),
    );
    expect(lines[2]).toEqual(expect.arrayContaining(['w-2', '1101', 'absent']));
    expect(omniPart).toHaveBeenCalledWith(
      inventory,
      { cluster: 'home', talosVersion: 'v1.11.5' },
      expect.anything(),
    );
    expect(proxmoxPart).toHaveBeenCalledWith(inventory, expect.anything(), { env: {}, timeout: 5000 });
  });

  it('does not ask Omni of a cluster that it does not manage', async () => {
    const { lines } = await status({ kind: 'standalone' });
    expect(lines[0]).toEqual(['NODE', 'ROLE', 'SERVER', 'VMID', 'VM', 'MAC']);
    expect(omniPart).not.toHaveBeenCalled();
  });

  it('is JSON for programs', async () => {
    const { out } = await status({ output: 'json' });
    expect(JSON.parse(out)).toMatchObject({
      format_version: 1,
      cluster: 'home',
      machines: [
        { name: 'w-1', vm_state: 'running', connected: true },
        { name: 'w-2', vm_state: 'absent' },
      ],
      parts: [asked('inventory'), asked('proxmox/pve1'), asked('omni')],
      diagnostics: [],
    });
  });

  it('says which part was not asked, and fails if one should have answered', async () => {
    const skipped = { part: 'proxmox/pve1', state: 'skipped', reason: 'no token' } as const;
    expect(await status({ states: [skipped] })).toMatchObject({
      code: 0,
      err: 'proxmox/pve1: not asked: no token\n',
    });
    const failed = { part: 'proxmox/pve1', state: 'failed', reason: 'no answer' } as const;
    expect(await status({ states: [skipped, failed] })).toMatchObject({
      code: 1,
      err: 'proxmox/pve1: not asked: no token\nproxmox/pve1: failed: no answer\n',
    });
  });

  it('is nothing without an inventory', async () => {
    expect(await status({ inventory: undefined })).toMatchObject({
      code: 1,
      out: '',
      err: 'inventory: failed: no state\n',
    });
    expect(proxmoxPart).not.toHaveBeenCalled();
  });

  it('is nothing of a cluster that there is not, or that nobody waits for', async () => {
    expect(await status({ choice: { problems: ['error: which?'] } })).toMatchObject({
      code: 1,
      out: '',
      err: 'error: which?\n',
    });
    expect(await status({ aborted: true })).toMatchObject({ code: INTERRUPTED, out: '' });
  });
});

import { join } from 'node:path';
import { loneVmMac, loneVmUuid } from '../../../model/cluster/identity/lone-vm';
import { isMac, isUnicast } from '../../../model/cluster/identity/mac';
import { isUuid } from '../../../model/cluster/identity/smbios-uuid';
import { loadDefinitions } from '../../../model/load/load';
import { resolveVm } from '../../../model/vm/props';
import { vmProblems } from '../../../model/vm/problems';

const ROOT = join(__dirname, '../../..');

test('nodes that the rules pass are VMs without problems, and props that stay as they are', async () => {
  const { clusters } = await loadDefinitions(join(ROOT, 'clusters'));
  const nodes = clusters.flatMap(({ cluster }) => cluster.nodes);
  expect(nodes.length).toBeGreaterThan(20);
  for (const node of nodes) {
    const vm = resolveVm(node.name, node.server, node);
    expect([node.name, vmProblems(vm, node.name)]).toEqual([node.name, []]);
    expect(node).toMatchObject({
      ...vm,
      disks: vm.disks.map((disk) => disk),
      nics: vm.nics.map((nic) => nic),
    });
  }
});

test('identities of 5,000 VMs on two sites are 15,000, and each is one that hardware can have', () => {
  const found = ['pve1', 'pve2'].flatMap((siteName) =>
    [...Array(2500).keys()].flatMap((i) => {
      const [server, vmId] = [{ siteName }, 100 + i];
      return [loneVmUuid(server, vmId), loneVmMac(server, vmId, 0), loneVmMac(server, vmId, 1)];
    }),
  );
  expect(new Set(found).size).toBe(15_000);
  for (const one of found) expect(isUuid(one) || (isMac(one) && isUnicast(one))).toBe(true);
});

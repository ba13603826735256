/** A cluster whose state was lost, or is behind, with the real Terraform, provider and omnictl. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeOmni } from '../testing/omni';
import { BINARIES, useBinary } from '../testing/terraform';
import { UpWorld } from '../testing/up-world';

describeOmni.each(BINARIES)('with %s, a state that was lost', (_, binary) => {
  useBinary(binary);
  let world: UpWorld;

  afterEach(() => world.close());

  const loseState = (): void => {
    for (const file of readdirSync(world.folder).filter((name) => name.includes('tfstate')))
      rmSync(join(world.folder, file));
  };

  it('is made again of what the servers have: VMs, images, mappings and pools', async () => {
    world = await UpWorld.of('gpu', (it) =>
      it.set('resource_pool', it.createNode({ id: 'lab', create: true })),
    );
    await world.upWell();
    const disks = () => world.vms.map(({ vmid, config }) => [vmid, config['scsi0'], config['smbios1']]);
    const before = disks();
    loseState();

    const review = await world.run('review');
    expect(review.stdout).toContain(
      'gpu: 5 nodes taken over; 4 images created; 2 PCI mappings imported; 2 resource pools imported\n',
    );
    expect(review.stdout).toContain(
      'warning[state-behind] gpu: the state does not have 5 VMs, 4 images, 2 PCI mappings, 2 resource pools that the servers have',
    );
    expect(review.code).toBe(0);
    const { stdout } = await world.upWell();
    expect(stdout).toContain('gpu: 5 nodes taken over;');
    expect(disks()).toEqual(before);
    expect(await world.run('review')).toMatchObject({ code: 0, stdout: 'gpu: nothing changes\n' });
  }, 900_000);

  it('does not take a mapping or a pool that is not as the definition says, unless somebody names it', async () => {
    world = await UpWorld.of('gpu', (it) =>
      it.set('resource_pool', it.createNode({ id: 'lab', create: true })),
    );
    for (const { mappings, pools } of world.sites) {
      pools.set('lab', { poolid: 'lab', comment: 'of the students', vms: new Set(), storages: new Set() });
      mappings.pci.set('rtx3090', {
        id: 'rtx3090',
        kind: 'pci',
        map: ['id=10de:1eb8,node=rack9,path=0000:09:00'],
      });
    }
    const refused = await world.up('--auto-approve');
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain(
      'blocked[live-object-taken] lab: a resource pool of this name exists on ',
    );
    expect(refused.stderr).toMatch(/: npm run up -- gpu --allow adopt:lab --allow adopt:rtx3090\n$/);
    expect(world.vms).toEqual([]);
  }, 900_000);
});

/** How nodes leave with `up`, in good order or after their VM has gone, with the real Terraform, provider and omnictl. */
import { join } from 'node:path';
import { describeOmni } from '../testing/omni';
import { mirrorEnv, terraform } from '../testing/terraform';
import { UpWorld } from '../testing/up-world';

describeOmni('up, of a node that goes', () => {
  let world: UpWorld;

  afterEach(() => world.close());

  it('takes it out of its cluster first, whatever word allowed it, and ends also for one that is gone already', async () => {
    world = await UpWorld.of('home');
    await world.upWell();
    world.edit((it) => it.deleteIn(['workers', 0]));
    const refused = await world.up('--auto-approve');
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain('allow it with --remove talos-worker-1\n');
    expect(refused.stderr).toMatch(/: npm run up -- home --remove talos-worker-1\n$/);

    // What else changes would make the inventory another one before the node has left.
    const worker = { name: 'talos-worker-4', proxmox_server: 'pve2' };
    world.edit((it) => it.addIn(['workers'], it.createNode(worker)));
    const both = await world.up('--auto-approve', '--remove', 'talos-worker-1');
    expect(both.code).toBe(2);
    expect(both.stderr).toContain('the definition also changes talos-worker-4: take that back');
    expect(both.stderr).not.toMatch(/^\$ (npm run apply|terraform apply)/m);
    world.edit((it) => it.deleteIn(['workers', 2]));

    const removed = await world.upWell('--allow', 'remove:talos-worker-1');
    expect(removed.stderr.match(/^\$ (npm run (review|apply)|terraform apply).*$/gm)).toEqual([
      '$ npm run review -- home',
      '$ npm run apply -- home --remove talos-worker-1',
      '$ terraform apply <the plan>',
      '$ npm run apply -- home',
    ]);
    expect(await world.members()).not.toContain('talos-worker-1');

    // Somebody applies the next removal with Terraform alone, which the guards cannot know of.
    world.edit((it) => it.deleteIn(['workers', 0]));
    expect(await world.run('review')).toMatchObject({ code: 2 });
    const dir = join(world.folder, 'cdktf.out/stacks/home');
    const env = { ...mirrorEnv(), ...world.simulation.variables, TF_VAR_allow: '["remove:talos-worker-2"]' };
    expect(await terraform(dir, ['apply', '-auto-approve', '-input=false'], env)).toMatchObject({ code: 0 });
    expect(await world.members()).toContain('talos-worker-2');
    const ended = await world.upWell('--remove', 'talos-worker-2');
    expect(ended.stderr).toContain('$ npm run apply -- home --gone talos-worker-2\n');
    expect(await world.members()).not.toContain('talos-worker-2');
  }, 900_000);
});

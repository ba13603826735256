/** What `up` and `review` make of runs and plans that ended half-way, with the real Terraform, provider and omnictl. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeOmni } from '../testing/omni';
import { BINARIES, useBinary } from '../testing/terraform';
import { UpWorld } from '../testing/up-world';

describeOmni.each(BINARIES)('after a run of up with %s that ended half-way', (_, binary) => {
  useBinary(binary);
  let world: UpWorld;

  afterEach(() => world.close());

  it('the next makes what was not made yet, and needs no flag for it', async () => {
    world = await UpWorld.of('home');
    for (const { faults } of Object.values(world.simulation.pve.sites))
      faults.add({
        method: 'POST',
        path: '/nodes/{node}/storage/{storage}/download-url',
        times: 1,
        task: 'download failed: HTTP 404',
      });
    const first = await world.up('--auto-approve');
    expect(first.code).toBe(1);
    expect(first.stderr).toContain('404');
    expect(world.vms).toEqual([]);

    const early = await world.run('discover');
    expect(early.code).toBe(1);
    expect(early.stderr).toContain('error[state-empty]');
    expect((await world.run('status')).stderr).toContain('this is what the definition plans');

    const second = await world.upWell();
    expect(second.stdout).toContain('home: 6 nodes created; 2 images created\n');
    expect(await world.members()).toHaveLength(6);
  }, 900_000);
});

describeOmni('while a server does not answer', () => {
  let world: UpWorld;

  afterEach(() => world.close());

  it('a review has no verdict, and up does nothing', async () => {
    world = await UpWorld.of('home');
    await world.upWell();
    const count = world.vms.length;
    world.edit((it) => it.deleteIn(['workers', 1]));
    const faults = Object.values(world.simulation.pve.sites).flatMap((site) =>
      'minipc' in site.endpoints
        ? [
            site.faults.add({
              path: '/nodes/minipc/**',
              status: 595,
              message: 'No route to host',
              times: 999,
            }),
          ]
        : [],
    );
    const markdown = join(world.folder, 'review.md');
    const review = await world.run('review', ['--json', '--markdown', markdown]);
    expect(faults[0]?.hits).toBeGreaterThan(0);
    expect(review.code).toBe(1);
    expect(review.stderr).toContain('No route to host');
    expect(JSON.parse(review.stdout)).toMatchObject({ verdict: 'incomplete', fingerprint: '' });
    expect(readFileSync(markdown, 'utf8')).toMatch(
      /^### home: the plan is incomplete; [^\n]*\n\n\*\*No verdict: /,
    );
    expect(readFileSync(markdown, 'utf8')).not.toMatch(/Nothing destructive|\nplan /);

    const up = await world.up('--auto-approve', '--remove', 'talos-worker-2');
    expect(up.code).toBe(1);
    expect(up.stderr).not.toMatch(/terraform apply|npm run apply/);
    expect(world.vms).toHaveLength(count);
    expect(await world.members()).toContain('talos-worker-2');
  }, 900_000);
});

/** Changes that wait for a restart, from Proxmox to whoever must know of them, with the real tools. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeOmni, eventually } from '../testing/omni';
import { UpWorld } from '../testing/up-world';

/** A kubectl that knows the boots of the simulated VMs, and a log of what it and they did. */
function fakeKubectl(world: UpWorld): [log: string, env: Readonly<Record<string, string>>] {
  const folder = join(world.folder, 'kubectl');
  const log = join(folder, 'log');
  mkdirSync(folder);
  writeFileSync(log, '');
  const boot = (name: string, bootID: string): void => {
    const status = { nodeInfo: { bootID }, conditions: [{ type: 'Ready', status: 'True' }] };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ status }));
  };
  for (const { config } of world.vms) boot(String(config['name']), 'first');
  for (const site of world.sites)
    site.power.on('change', ({ vm, to }) => {
      if (to !== 'running') return;
      boot(String(vm.config['name']), `boot ${Date.now()}`);
      appendFileSync(log, `boot ${String(vm.config['name'])}\n`);
    });
  const script = [
    '#!/bin/sh',
    `case "$1" in get) cat '${folder}'/"$3".json;; *) echo "$1 $2" >> '${log}';; esac`,
  ];
  writeFileSync(join(folder, 'kubectl'), `${script.join('\n')}\n`, { mode: 0o755 });
  return [log, { PATH: `${folder}:${world.omni.env['PATH'] ?? process.env['PATH'] ?? ''}` }];
}

describeOmni('a change that needs a restart, where none is allowed', () => {
  let world: UpWorld;

  afterEach(() => world.close());

  it('is remembered by up, review and status until the VM was restarted', async () => {
    world = await UpWorld.of('home');
    expect((await world.upWell()).stderr).toMatch(/\nhome: up\n$/);
    world.edit((it) => it.setIn(['workers', 0, 'memory_mb'], 24_576));
    const memory = 'talos-worker-1 (memory 16384 → 24576)';
    const said = `1 node must be restarted for changes to take effect: ${memory}; one at a time, with npm run restart -- home\n`;
    const changed = await world.upWell();
    expect(changed.stderr).toContain(`home: up, but ${said}`);

    const review = await world.run('review');
    expect(review).toMatchObject({ code: 0 });
    expect(review.stdout).toBe(`home: nothing changes\nwarning[restart-pending] home: ${said}`);
    const status = await world.run('status');
    expect(status.stderr).toContain(
      'home: warning[restart-pending] talos-worker-1: must be restarted for memory 16384 → 24576; run npm run restart -- home\n',
    );
    expect(JSON.parse((await world.run('status', ['--json'])).stdout)).toMatchObject({
      diagnostics: [{ rule: 'restart-pending', path: 'talos-worker-1' }],
    });
  }, 900_000);

  it('is taken by a restart of one node after the other, each with quorum', async () => {
    world = await UpWorld.of('home');
    await world.upWell();
    const [log, env] = fakeKubectl(world);
    world.edit((it) => {
      it.setIn(['workers', 0, 'memory_mb'], 24_576);
      it.setIn(['defaults', 'control_planes', 'memory_mb'], 12_288);
    });
    await world.upWell();
    const order = ['talos-worker-1', 'talos-control-1', 'talos-control-2', 'talos-control-3'];
    const plan = await world.run('restart', ['--dry-run']);
    expect(plan.stdout.match(/^ {2}\d\. \S+/gm)).toEqual(order.map((name, i) => `  ${i + 1}. ${name}`));

    // With one control plane away, none of the others may go: not even if it was so a moment ago.
    const away = world.vm('talos-control-2').config['smbios1'];
    const id = /uuid=([^,]+)/.exec(String(away))?.[1]?.toLowerCase() ?? '';
    await world.omni.updateMachine(id, { connected: false });
    const refused = await world.run('restart', ['--auto-approve', 'talos-control-1'], env);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      'talos-control-1: must not go down now: 1 of 3 control planes would be healthy without talos-control-1, and etcd needs 2 (not ready: talos-control-2)',
    );
    expect(readFileSync(log, 'utf8')).toBe('');
    await world.omni.updateMachine(id, { connected: true });
    await eventually(async () => {
      const statuses = await world.omni.resources('ClusterMachineStatuses', 'home');
      expect(statuses.find((one) => one.id === id)?.spec['ready']).toBe(true);
    });

    const restarted = await world.run('restart', ['--auto-approve'], env);
    expect({ code: restarted.code, stderr: restarted.stderr }).toMatchObject({ code: 0 });
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual(
      order.flatMap((name) => [`drain ${name}`, `boot ${name}`, `uncordon ${name}`]),
    );
    expect(await world.run('restart')).toMatchObject({
      code: 0,
      stdout: 'home: no node waits for a restart\n',
    });
    expect((await world.run('review')).stdout).toBe('home: nothing changes\n');
  }, 900_000);
});

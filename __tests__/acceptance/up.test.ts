/** The whole chain: synth, the real Terraform and provider, VMs that boot and join, the real omnictl, a healthy cluster. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, type Document } from 'yaml';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { bridge, type Bridge, type Omni } from '../../simulators/omni';
import { simulate, type Simulation } from '../../simulators/pve';
import { runCli } from '../testing/cli';
import { describeOmni, omniWith } from '../testing/omni';
import { BINARIES, mirrorEnv, temporaryFolder, useBinary } from '../testing/terraform';

describeOmni.each(BINARIES)('up with %s', (_, binary) => {
  useBinary(binary);
  let folder = '';
  let simulation: Simulation;
  let omni: Omni;
  let bridged: Bridge;
  let document: Document;

  beforeEach(() => {
    folder = temporaryFolder();
  });

  afterEach(async () => {
    await bridged.close();
    await simulation.pve.close();
  });

  function edit(change: (document: Document) => void): void {
    change(document);
    write(document);
  }

  function write(text: Document): void {
    mkdirSync(join(folder, 'clusters'), { recursive: true });
    writeFileSync(join(folder, 'clusters/home.yaml'), text.toString());
  }

  const up = (...args: readonly string[]): Promise<RunResult> =>
    runCli(['up', 'home', '--wait', '60s', ...args], {
      cwd: folder,
      timeout: 180_000,
      env: {
        ...mirrorEnv(),
        ...simulation.variables,
        ...omni.env,
        CLUSTERS: join(folder, 'clusters'),
        CDKTF_OUTDIR: join(folder, 'cdktf.out'),
        NO_COLOR: '1',
      },
    });

  const members = async (): Promise<unknown[]> =>
    (await omni.resources('MachineSetNodes', 'home')).map(({ annotations }) => annotations['name']).sort();

  it('makes a cluster, grows it, and removes a node by name, in one command each', async () => {
    simulation = await simulate(join('clusters', 'home.yaml'), { stateDir: folder });
    omni = await omniWith({ maxLifeMs: 900_000 });
    bridged = bridge(simulation.pve, omni);
    document = parseDocument(simulation.definition());
    edit(() => undefined);
    const names = simulation.cluster.nodes.map(({ name }) => name).sort();

    const made = await up('--auto-approve');
    expect({ code: made.code, stderr: made.stderr }).toMatchObject({ code: 0 });
    expect(made.stderr.match(/^\$ .*$/gm)).toEqual([
      '$ npm run review -- home',
      '$ terraform apply <the plan>',
      '$ npm run discover -- home --wait 60s',
      '$ npm run generate -- home',
      '$ npm run apply -- home',
    ]);
    expect(await members()).toEqual(names);

    const again = await up();
    expect({ code: again.code, stderr: again.stderr }).toMatchObject({ code: 0 });
    expect(again.stderr).not.toContain('terraform apply');
    expect(again.stderr).toContain('home: unchanged\n');

    edit((it) => it.addIn(['workers'], it.createNode({ name: 'talos-worker-4', proxmox_server: 'pve2' })));
    expect((await up()).stderr).toContain('not confirmed: there is no terminal to ask on');
    const grown = await up('--auto-approve');
    expect({ code: grown.code, stderr: grown.stderr }).toMatchObject({ code: 0 });
    expect(await members()).toEqual([...names, 'talos-worker-4']);
    // What it comes to, and no more: the rest is in the log, and with --verbose.
    expect(grown.stderr).toMatch(/^VM talos-worker-4: created \(\d+ s\)$/m);
    expect(`${grown.stdout}${grown.stderr}`.split('\n').length).toBeLessThanOrEqual(40);
    expect(grown.stdout + grown.stderr).not.toMatch(/undefined|Outputs|[0-9a-f]{8}-[0-9a-f]{4}-/);
    expect(readFileSync(join(folder, 'cdktf.out/logs/home-apply.log'), 'utf8')).toContain('talos-worker-4');

    edit((it) => it.deleteIn(['workers', 0]));
    const unnamed = await up('--auto-approve');
    expect(unnamed.code).toBe(2);
    expect(unnamed.stderr).toContain('npm run up -- home --remove talos-worker-1\n');
    // What else the plan would do has no approval: the node stays in Omni too.
    const more = document.clone();
    more.setIn(['workers', 1, 'data_disk_size_gb'], 0);
    write(more);
    const partly = await up('--auto-approve', '--remove', 'talos-worker-1');
    expect(partly.code).toBe(2);
    expect(partly.stdout).toMatch(/blocked\[disk-removed\] talos-worker-3/);
    expect(await members()).toContain('talos-worker-1');

    write(document);
    const removed = await up('--auto-approve', '--remove', 'talos-worker-1');
    expect(removed.stderr.match(/^\$ (npm run (review|apply)|terraform apply)/gm)).toEqual([
      ...['$ npm run review', '$ npm run apply', '$ terraform apply', '$ npm run apply'],
    ]);
    expect({ code: removed.code, stderr: removed.stderr }).toMatchObject({ code: 0 });
    expect(await members()).toEqual([...names, 'talos-worker-4'].filter((name) => name !== 'talos-worker-1'));
    const vms = Object.values(simulation.pve.sites).flatMap((site) => [...site.state.vms.values()]);
    expect(vms.map(({ config }) => config['name'])).not.toContain('talos-worker-1');
  }, 300_000);

  it('applies the parts of a split state in their order, and their nodes become one cluster', async () => {
    simulation = await simulate(join('clusters', 'home.yaml'), { stateDir: folder });
    omni = await omniWith({ maxLifeMs: 900_000 });
    bridged = bridge(simulation.pve, omni);
    document = parseDocument(simulation.definition());
    edit((it) => {
      it.set('state_split', 'server');
      it.set('backend', it.createNode({ type: 'local' }));
    });
    const made = await up('--auto-approve');
    expect({ code: made.code, stderr: made.stderr }).toMatchObject({ code: 0 });
    expect(made.stderr.match(/^home\S*: terraform plan/gm)).toEqual(
      ['home', 'home-pve1', 'home-pve2'].map((stack) => `${stack}: terraform plan`),
    );
    expect(made.stderr.match(/^\$ terraform apply/gm)).toHaveLength(3);
    expect(await members()).toEqual(simulation.cluster.nodes.map(({ name }) => name).sort());

    edit((it) => it.addIn(['workers'], it.createNode({ name: 'talos-worker-4', proxmox_server: 'pve2' })));
    const grown = await up('--auto-approve');
    expect({ code: grown.code, stderr: grown.stderr }).toMatchObject({ code: 0 });
    expect(await members()).toContain('talos-worker-4');
    expect(await up()).toMatchObject({ code: 0 });
  }, 300_000);
});

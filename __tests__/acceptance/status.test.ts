/** From `terraform apply` over `discover` to `status`, with the real Terraform, provider and omnictl. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../scripts/lib/platform/exec';
import { bridge, type Environment } from '../../simulators/omni';
import { simulate, type Simulation } from '../../simulators/pve';
import { runCli } from '../testing/cli';
import { eventually, omniWith, sync } from '../testing/omni';
import {
  describeTerraform,
  fakeVariables,
  mirrorEnv,
  synthesize,
  temporaryFolder,
} from '../testing/terraform';
import { Terraform } from '../simulators/terraform';

const describeChain = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

interface Row {
  readonly name: string;
  readonly [key: string]: unknown;
}

const NAMES = [
  ...['talos-control-1', 'talos-control-2', 'talos-control-3'],
  ...['talos-worker-1', 'talos-worker-2', 'talos-worker-3'],
];

describeChain('discover and status', () => {
  let simulation: Simulation;

  afterEach(() => simulation.pve.close());

  it('follow the machines from the first apply into their cluster', async () => {
    const folder = temporaryFolder();
    simulation = await simulate(join('clusters', 'home.yaml'), { stateDir: folder });
    const omni = await omniWith();
    const bridged = bridge(simulation.pve, omni);
    const file = join(folder, 'home.yaml');
    writeFileSync(file, simulation.definition());
    const synthesis = await synthesize(file);
    const variables = { ...fakeVariables(synthesis.json('home')), ...simulation.variables };
    const env = { ...mirrorEnv(), CLUSTERS: file, CDKTF_OUTDIR: synthesis.outdir };
    const cli = (args: readonly string[], more: Environment): Promise<RunResult> =>
      runCli(args, { cwd: folder, env: { ...env, ...more }, timeout: 60_000 });
    const all = { ...variables, ...omni.readerEnv };
    const rows = async (): Promise<Row[]> => {
      const { code, stdout, stderr } = await cli(['status', 'home', '--json'], all);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      return (JSON.parse(stdout) as { machines: Row[] }).machines;
    };

    // Before anything is applied, the definition says which machines there will be.
    const planned = await cli(['status', 'home'], { ...omni.readerEnv, OMNI_ENDPOINT: undefined });
    expect(planned.code).toBe(0);
    expect(planned.stderr).toContain('; this is what the definition plans\n');
    expect(planned.stderr).toContain('proxmox/pve1: not asked: no API token for "pve1"; ');
    expect(planned.stderr).toContain('omni: not asked: no Omni is named; ');

    const terraform = await Terraform.in(synthesis.dir('home'), variables);
    const empty = await cli(['discover', 'home'], omni.readerEnv);
    expect(empty.code).toBe(1);
    expect(empty.stderr).toMatch(/error\[state-empty\] no VM exists yet; /);
    expect(await rows()).toMatchObject(
      NAMES.map((name) => ({ name, vm_state: 'absent', omni_state: 'never-seen' })),
    );

    await terraform.apply();
    await bridged.settled();
    const { code, stderr } = await cli(['discover', 'home', '--wait', '30s'], omni.readerEnv);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('6 of 6') as string });
    const matched = JSON.parse(
      readFileSync(join(folder, 'machine-data/home/matched-machines.json'), 'utf8'),
    ) as { terraform_name: string; omni_uuid: string; role: string }[];
    expect(matched.map((entry) => [entry.terraform_name, entry.omni_uuid])).toEqual(
      simulation.cluster.nodes.map(({ name, uuid }) => [name, uuid]),
    );
    expect(await rows()).toMatchObject(
      NAMES.map((name) => ({
        name,
        vm_state: 'running',
        omni_state: 'matched',
        connected: true,
        talos_version: 'v1.11.5',
        omni_cluster: '',
        ready: null,
      })),
    );

    const ids = (role: string) =>
      matched.filter((entry) => entry.role === role).map((entry) => entry.omni_uuid);
    const template = [
      { kind: 'Cluster', name: 'home', kubernetes: { version: 'v1.33.4' }, talos: { version: 'v1.11.5' } },
      { kind: 'ControlPlane', machines: ids('control-plane') },
      { kind: 'Workers', machines: ids('worker') },
    ];
    const templateFile = join(folder, 'template.yaml');
    writeFileSync(templateFile, template.map((document) => JSON.stringify(document)).join('\n---\n'));
    expect(await sync(omni, templateFile)).toMatchObject({ code: 0 });
    const writes = await omni.writes();
    await eventually(async () =>
      expect(await rows()).toMatchObject(NAMES.map((name) => ({ name, omni_cluster: 'home', ready: true }))),
    );

    // A part that is set up and fails is a failure; the others are shown all the same.
    const broken = await cli(['status', 'home'], { ...all, OMNI_SERVICE_ACCOUNT_KEY: '%' });
    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(/talos-worker-3 .* running .* - +- +- +- +-\n/);
    expect(broken.stderr).toBe(
      'omni: failed: the service account key cannot be read; set OMNI_SERVICE_ACCOUNT_KEY to what `omnictl serviceaccount create` printed, in one line\n',
    );
    expect(await omni.writes()).toEqual(writes);
    await bridged.close();
  });
});

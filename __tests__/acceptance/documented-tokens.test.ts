import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import type { Cluster } from '../../model/cluster/cluster';
import { simulate, type Simulation, type SiteOptions } from '../../simulators/pve';
import { addVolume } from '../../simulators/pve/store/build';
import { doctor, trusting, writeDefinition } from '../testing/doctor';
import { documentedAcl, onPaths, type Acl } from '../testing/documented-tokens';
import { definitionOf, serverOf } from '../testing/scenario';
import { describeTerraform, fakeVariables, synthesize, temporaryFolder } from '../testing/terraform';
import { Terraform } from '../simulators/terraform';

const VERSIONS = ['8.4.1', '9.2.3'];
const EXAMPLES = ['home', 'datacenter', 'gpu', 'storage', 'single'];

/** Text of a definition after a change. */
type Change = (text: string) => string;

/** A definition on simulated servers, with the real Terraform, under a token that has what the guide gives it. */
class Life {
  private constructor(
    readonly simulation: Simulation,
    private readonly folder: string,
  ) {}

  static async start(file: string, version: string): Promise<Life> {
    const folder = temporaryFolder();
    const adjust = (sites: readonly SiteOptions[]) => sites.map((site) => ({ ...site, version }));
    return new Life(await simulate(file, { stateDir: folder, adjust }), folder);
  }

  get cluster(): Cluster {
    return this.simulation.cluster;
  }

  get sites() {
    return Object.values(this.simulation.pve.sites);
  }

  /** Gives the tokens these rights and no others. */
  give(acl: Acl): void {
    for (const { state } of this.sites)
      for (const account of state.accounts.values()) account.acl = { '/': [], ...acl };
  }

  async terraform(change: Change = (text) => text): Promise<Terraform> {
    const { name } = this.cluster;
    const file = join(this.folder, `${name}.yaml`);
    writeFileSync(file, change(this.simulation.definition()));
    const synthesis = await synthesize(file);
    return Terraform.in(synthesis.dir(name), {
      ...fakeVariables(synthesis.json(name)),
      ...this.simulation.variables,
      TF_VAR_guards: 'true',
    });
  }

  /** What doctor prints of errors; the images that the guide of a bump wants are there. */
  async doctor(change: Change = (text) => text): Promise<string> {
    const env = { ...this.simulation.variables, ...trusting(this.simulation.pve, this.folder) };
    return (await doctor(writeDefinition(this.simulation, this.folder, change), env)).err;
  }

  /** Answers with which a server refused the token. */
  refusals(since = 0): string[] {
    return this.sites.flatMap(({ requests }) =>
      requests
        .slice(since)
        .filter(({ status }) => status === 403)
        .map(({ method, path, reason }) => `${method} ${path}: ${reason ?? ''}`),
    );
  }

  requests = (): number => this.sites[0]?.requests.length ?? 0;

  files(): string[] {
    return this.sites
      .flatMap(({ state }) => state.volumes())
      .filter(({ content }) => content === 'iso' || content === 'import')
      .map(({ volid }) => volid)
      .sort();
  }

  vms(): number {
    return this.sites.reduce((sum, { state }) => sum + state.vms.size, 0);
  }

  close = (): Promise<void> => this.simulation.pve.close();
}

/** The next patch release of Talos, and nothing protected, so that all of it can go. */
const bumped: Change = (text) =>
  text.replace(/v1\.(\d+)\.(\d+)/g, (_, minor: string, patch: string) => `v1.${minor}.${Number(patch) + 1}`);

const unprotected: Change = (text) => {
  const document = parseDocument(text);
  document.setIn(['defaults', 'control_planes', 'vm_protection'], false);
  return document.toString();
};

describeTerraform.each(VERSIONS.flatMap((version) => EXAMPLES.map((name) => [name, version] as const)))(
  'the role of the guide, with example %s on Proxmox VE %s',
  (name, version) => {
    let life: Life;

    beforeAll(async () => {
      life = await Life.start(join('clusters', `${name}.yaml`), version);
      const storages = life.cluster.servers.map(({ imageStorage }) => `/storage/${imageStorage}`);
      life.give(
        onPaths(documentedAcl('terraform@pve', version), { '/storage/local': [...new Set(storages)] }),
      );
    });

    afterAll(() => life.close());

    it('makes everything, changes the image, and leaves nothing behind', async () => {
      expect(await life.doctor()).toBe('');
      await (await life.terraform(unprotected)).apply();
      expect(life.vms()).toBe(life.cluster.nodes.length);

      const before = life.files();
      for (const { state } of life.sites)
        for (const { storage } of state.storages())
          for (const { volid, size } of [...storage.volumes.values()])
            if (/^(single|storage)$/.test(name) && volid.includes(':iso/'))
              addVolume(storage, { name: bumped(volid), size });
      const raised = await life.terraform((text) => bumped(unprotected(text)));
      await raised.apply();
      expect(life.files()).toEqual(expect.arrayContaining(before.map(bumped)));
      expect(await raised.plan()).toMatchObject({ code: 0 });

      await raised.destroy();
      expect(life.vms()).toBe(0);
      if (!/^(single|storage)$/.test(name)) expect(life.files()).toEqual([]);
      expect(life.refusals()).toEqual([]);
    });
  },
);

describeTerraform.each(VERSIONS)('on Proxmox VE %s, a token of the guide', (version) => {
  let life: Life;

  /** The definition that the guide shows the paths of. */
  async function start(): Promise<Life> {
    const server = { ...serverOf(11, 'pve1'), storage_data: 'local-lvm' };
    const counts = { controlPlanes: 1, workers: 1 };
    const file = join(temporaryFolder(), 'lab.yaml');
    writeFileSync(
      file,
      stringify(definitionOf({ pve1: server }, counts, { resource_pool: { id: 'talos' } })),
    );
    return Life.start(file, version);
  }

  beforeEach(async () => {
    life = await start();
  });

  afterEach(() => life.close());

  it('for one pool makes, changes and removes everything in it', async () => {
    life.give(documentedAcl('talos@pve', version));
    expect(await life.doctor()).not.toContain('error[');
    await (await life.terraform()).apply();
    const raised = await life.terraform(bumped);
    await raised.apply();
    expect(await raised.plan()).toMatchObject({ code: 0 });
    await raised.destroy();
    expect([life.vms(), life.files()]).toEqual([0, []]);
    // Not what doctor may not see, nor VMs that have left the pool because they are gone.
    const nodes = /^GET \/(cluster\/status|nodes\/pve1\/(time|status|qemu\/\d+\/status\/current)):/;
    expect(life.refusals().filter((refusal) => !nodes.test(refusal))).toEqual([]);
  });

  it('that only plans says that nothing differs, and what does', async () => {
    life.give(documentedAcl('terraform@pve', version));
    await (await life.terraform()).apply();
    const since = life.requests();
    life.give(documentedAcl('plan@pve', version));
    expect(await (await life.terraform()).plan()).toMatchObject({ code: 0 });
    const grown = await life.terraform((text) => text.replace('os_disk_size_gb: 20', 'os_disk_size_gb: 10'));
    expect(await grown.refused('plan')).toContain(
      'VM 1100 of w-1 has 2 disks with 70 GiB, and the definition has 2 with 60',
    );
    expect(life.refusals(since)).toEqual([]);
    expect(await (await life.terraform(bumped)).plan()).toMatchObject({ code: 2 });
  });
});

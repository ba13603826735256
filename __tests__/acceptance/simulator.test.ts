import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { simulate, type Simulation } from '../../simulators/pve';
import { doctor, trusting, writeDefinition } from '../testing/doctor';
import { describeTerraform, fakeVariables, synthesize, temporaryFolder } from '../testing/terraform';
import { Terraform } from '../simulators/terraform';

/** Our own output against simulated servers: from the definition to running VMs, and back to nothing. */
describeTerraform.each([
  ['home', 6],
  ['datacenter', 11],
  ['gpu', 5],
  ['storage', 4],
  ['single', 1],
])('example %s', (name, count) => {
  let simulation: Simulation;
  let folder: string;

  beforeAll(async () => {
    folder = temporaryFolder();
    simulation = await simulate(join('clusters', `${name}.yaml`), { stateDir: folder });
  });

  afterAll(async () => {
    const { pve } = simulation;
    await pve.close();
  });

  /** Terraform for the definition as it is, or after a change of it. */
  async function stack(change: (text: string) => string = (text) => text): Promise<Terraform> {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, change(simulation.definition()));
    const synthesis = await synthesize(file);
    const variables = {
      ...fakeVariables(synthesis.json(name)),
      ...simulation.variables,
      TF_VAR_guards: 'true',
    };
    return Terraform.in(synthesis.dir(name), variables);
  }

  const vms = () => Object.values(simulation.pve.sites).flatMap(({ state }) => [...state.vms.values()]);
  const violations = () => Object.values(simulation.pve.sites).flatMap((site) => site.violations);

  it('is applied, and then there is nothing to do', async () => {
    const terraform = await stack();
    await terraform.apply();
    expect(vms()).toHaveLength(count);
    expect(vms().every(({ status }) => status === 'running')).toBe(true);
    for (const { name: node, vmId, nics, uuid, protection } of simulation.cluster.nodes) {
      const config = vms().find(({ vmid }) => vmid === vmId)?.config ?? {};
      expect(config).toMatchObject({ name: node, protection: Number(protection) });
      expect(String(config['smbios1'])).toContain(`uuid=${uuid ?? ''}`);
      nics.forEach(({ mac, bridge }, index) => {
        expect(String(config[`net${index}`])).toMatch(`virtio=${mac},bridge=${bridge},`);
      });
    }
    expect(await terraform.plan()).toMatchObject({ code: 0 });
    const env = { ...simulation.variables, ...trusting(simulation.pve, folder) };
    expect(await doctor(writeDefinition(simulation, folder), env)).toMatchObject({ code: 0, err: '' });
    expect(violations()).toEqual([]);
  });

  it('goes without a trace when control planes are not protected', async () => {
    const terraform = await stack((text) => {
      const document = parseDocument(text);
      document.setIn(['defaults', 'control_planes', 'vm_protection'], false);
      return document.toString();
    });
    await terraform.apply();
    await terraform.destroy();
    for (const { state } of Object.values(simulation.pve.sites)) {
      const kept = state.volumes().filter(({ content }) => content === 'images');
      expect({ vms: [...state.vms.keys()], kept }).toEqual({ vms: [], kept: [] });
      expect([...state.mappings.pci.keys()]).toEqual(state.name === 'rack2' ? ['a2-existing'] : []);
      expect(state.pools.size).toBe(0);
    }
    expect(violations()).toEqual([]);
  });
});

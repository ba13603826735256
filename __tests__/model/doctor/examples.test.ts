import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simulate, type Simulation } from '../../../simulators/pve';
import { doctor, trusting, writeDefinition } from '../../testing/doctor';
import { temporaryFolder } from '../../testing/terraform';

describe.each([
  ['home', ['home/pve1: PVE 9.1.1, node pve1', 'home/pve2: PVE 9.1.1, node minipc']],
  ['datacenter', ['dc1-a', 'dc1-b', 'dc1-c'].map((name) => `datacenter/${name}: PVE 9.1.1, node ${name}`)],
  ['gpu', ['gpu/rack1: PVE 9.1.1, node rack1', 'gpu/rack2: PVE 9.1.1, node rack2']],
  ['storage', ['storage/nas1: PVE 9.1.1, node nas1', 'storage/nas2: PVE 9.1.1, node nas2']],
  ['single', ['single/mini: PVE 9.1.1, node mini']],
])('doctor before the first apply of %s', (name, servers) => {
  let simulation: Simulation;
  let folder: string;

  beforeAll(async () => {
    folder = temporaryFolder();
    simulation = await simulate(join('clusters', `${name}.yaml`), { stateDir: folder });
  });

  afterAll(() => simulation.pve.close());

  it('finds nothing, and asks by GET only, nothing twice', async () => {
    const env = { ...simulation.variables, ...trusting(simulation.pve, folder) };
    const { code, out, err } = await doctor(writeDefinition(simulation, folder), env);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    if (name === 'home')
      expect(readFileSync('docs/guide/doctor.md', 'utf8')).toContain(`doctor -- home\n${out}`);
    expect(out).toBe(servers.map((server) => `${server}, 25 checks passed\n`).join(''));
    for (const { requests, violations } of Object.values(simulation.pve.sites)) {
      expect(violations).toEqual([]);
      expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(['GET']));
      const questions = requests.map(({ path, parameters }) => `${path} ${JSON.stringify(parameters)}`);
      const ofTheSite = questions.filter((path) => !/^\/(version|nodes|access|cluster\/status)/.test(path));
      expect(ofTheSite).toHaveLength(new Set(ofTheSite).size);
    }
  });
});

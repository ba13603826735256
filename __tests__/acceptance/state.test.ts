import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDocument } from 'yaml';
import { simulate, type Simulation } from '../../simulators/pve';
import { postgresOr, startPostgres, type Postgres } from '../testing/postgres';
import { startStateServer, type StateServer } from '../testing/state-server';
import { describeTerraform, fakeVariables, synthesize, temporaryFolder } from '../testing/terraform';
import { Terraform } from '../simulators/terraform';

type Backend = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Two folders of two people with one state. No provider is needed: `terraform_data` is part of Terraform, and what it runs
 * waits for the test.
 */
class Team {
  private readonly gate = temporaryFolder();

  constructor(
    private readonly backend: Backend,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** A person with these resources in the configuration; one called `slow` waits until `finish()`. */
  async person(...names: readonly string[]): Promise<Terraform> {
    const dir = temporaryFolder();
    const wait = `echo $PPID > "${this.gate}/pid"; while [ ! -e "${this.gate}/go" ]; do sleep 0.05; done`;
    const resource = names.map((name) => [
      name,
      name === 'slow' ? { provisioner: [{ 'local-exec': { command: wait } }] } : { input: name },
    ]);
    const json = {
      terraform: { backend: this.backend },
      resource: { terraform_data: Object.fromEntries(resource) as object },
    };
    writeFileSync(join(dir, 'main.tf.json'), JSON.stringify(json));
    return Terraform.in(dir, this.env);
  }

  /** Process id of the Terraform that waits, as soon as it does. */
  async waiting(): Promise<number> {
    const file = join(this.gate, 'pid');
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') await sleep(20);
    return Number(readFileSync(file, 'utf8'));
  }

  finish(): void {
    writeFileSync(join(this.gate, 'go'), '');
  }
}

interface Store {
  readonly backend: Backend;
  readonly env: Readonly<Record<string, string>>;
  /** Number of locks that are held. */
  locks(): Promise<number>;
  stop(): Promise<void>;
}

async function postgresStore(): Promise<Store> {
  const postgres: Postgres = await startPostgres();
  return {
    backend: { pg: { schema_name: 'talos_home' } },
    env: { PG_CONN_STR: postgres.connection },
    locks: postgres.locks,
    stop: postgres.stop,
  };
}

async function httpStore(): Promise<Store> {
  const server: StateServer = await startStateServer('anna:hunter2');
  return {
    backend: { http: server.config },
    env: { TF_HTTP_USERNAME: 'anna', TF_HTTP_PASSWORD: 'hunter2' },
    locks: () => Promise.resolve(server.lock() ? 1 : 0),
    stop: server.stop,
  };
}

const stores: [string, jest.Describe, () => Promise<Store>][] = [
  ['pg', postgresOr(describeTerraform), postgresStore],
  ['http', describeTerraform, httpStore],
];

for (const [type, describeStore, start] of stores) {
  describeStore(`${type}: a team on one state`, () => {
    let store: Store;
    let team: Team;

    beforeEach(async () => {
      store = await start();
      team = new Team(store.backend, store.env);
    });

    afterEach(async () => {
      team.finish();
      await store.stop();
    });

    it('lets the second apply fail, and then go through with nothing lost', async () => {
      const [anna, bob] = [await team.person('slow', 'first'), await team.person('slow', 'first', 'second')];
      // On pg the very first apply holds a lock of another name.
      await (await team.person('first')).apply();
      const running = anna.apply();
      await team.waiting();

      const said = await bob.refused();
      expect(said).toContain('Error acquiring the state lock');
      expect(said).toContain(
        type === 'pg' ? 'Workspace is already locked: default' : 'Operation: OperationTypeApply',
      );
      team.finish();
      await running;
      expect(await bob.addresses()).toEqual(['terraform_data.first', 'terraform_data.slow']);

      await bob.apply();
      expect(await anna.addresses()).toEqual([
        'terraform_data.first',
        'terraform_data.second',
        'terraform_data.slow',
      ]);
      expect(await store.locks()).toBe(0);
    });

    it('waits for the lock with -lock-timeout', async () => {
      const [anna, bob] = [await team.person('slow'), await team.person('slow', 'second')];
      const running = anna.apply();
      await team.waiting();
      const waiting = bob.apply('-lock-timeout=60s');
      team.finish();
      await Promise.all([running, waiting]);
      expect(await anna.addresses()).toEqual(['terraform_data.second', 'terraform_data.slow']);
    });

    it('after a killed apply the lock is gone, or is shown and can be released', async () => {
      const anna = await team.person('slow', 'first');
      const running = anna.run('apply', '-auto-approve');
      process.kill(await team.waiting(), 'SIGKILL');
      team.finish();
      expect((await running).code).toBe(128);

      if (type === 'pg') {
        // The lock goes with the connection.
        while ((await store.locks()) > 0) await sleep(50);
      } else {
        expect(await store.locks()).toBe(1);
        const said = await anna.refused();
        const id = /ID: ([0-9a-f-]{36})/.exec(said)?.[1] ?? 'none';
        expect(said).toMatch(/Who: \S+@\S+/);
        expect(await anna.plain('force-unlock', '-force', id)).toContain('successfully unlocked');
        expect(await store.locks()).toBe(0);
      }
      await anna.apply();
      expect(await anna.addresses()).toEqual(['terraform_data.first', 'terraform_data.slow']);
    });
  });
}

postgresOr(describeTerraform)('the state of a cluster', () => {
  let postgres: Postgres;
  let simulation: Simulation;

  beforeAll(async () => {
    postgres = await startPostgres();
    simulation = await simulate('clusters/single.yaml', { stateDir: temporaryFolder() });
  });

  afterAll(async () => {
    await simulation.pve.close();
    await postgres.stop();
  });

  /** All VMs of all servers, as text. */
  const servers = (): string =>
    JSON.stringify(Object.values(simulation.pve.sites).map(({ state }) => [...state.vms.values()]));

  it('moves to another backend and back, and no VM changes', async () => {
    const local = { type: 'local', config: { path: join(temporaryFolder(), 'single.tfstate') } };
    const remote = { type: 'pg', config: { schema_name: 'talos_single' } };
    const dir = temporaryFolder();
    const file = join(temporaryFolder(), 'single.yaml');
    const env = { ...simulation.variables, PG_CONN_STR: postgres.connection };

    /** The stack with a backend, in the same folder as before. */
    const withBackend = async (backend: unknown): Promise<Readonly<Record<string, string>>> => {
      const document = parseDocument(simulation.definition());
      document.set('backend', backend);
      writeFileSync(file, document.toString());
      const synthesis = await synthesize(file);
      mkdirSync(dir, { recursive: true });
      copyFileSync(join(synthesis.dir('single'), 'cdk.tf.json'), join(dir, 'cdk.tf.json'));
      return { ...fakeVariables(synthesis.json('single')), ...env };
    };

    const terraform = await Terraform.in(dir, await withBackend(local));
    await terraform.apply();
    const vms = servers();
    const before = await terraform.addresses();
    expect(before).toContainEqual(expect.stringMatching(/^proxmox_virtual_environment_vm\./));
    expect(vms).toContain('"status":"running"');

    for (const backend of [remote, local]) {
      await withBackend(backend);
      await terraform.must('init', '-migrate-state', '-force-copy');
      expect(await terraform.plan()).toMatchObject({ code: 0 });
      expect(await terraform.addresses()).toEqual(before);
    }
    expect(servers()).toBe(vms);
  });
});

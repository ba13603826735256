/**
 * A person, a terminal that closes, or a machine that shuts down ends our commands while the real Terraform plans or applies on
 * simulated servers: signals to the process group, as a terminal sends them.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { simulate, type Simulation } from '../../simulators/pve';
import { CLI, runCli } from '../testing/cli';
import { eventually } from '../testing/omni';
import { BINARIES, describeTerraform, mirrorEnv, temporaryFolder, useBinary } from '../testing/terraform';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

/** Without the parts of an environment that this test makes: what programs that outlive a command have in common. */
const MARK = 'INTERRUPTED_TEST';

/** Programs that have a mark in their environment, by what they are called with. */
function programsWith(mark: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${MARK}=${mark}\0`);
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return isOurs && words !== '' ? [`${pid} ${words.slice(0, 60)}`] : [];
      } catch {
        return [];
      }
    });
}

describeTerraform.each(BINARIES)('with %s, a command that is interrupted', (product, binary) => {
  useBinary(binary);
  let folder = '';
  let simulation: Simulation;

  beforeEach(async () => {
    folder = temporaryFolder();
    mkdirSync(join(folder, 'tmp'));
    mkdirSync(join(folder, 'clusters'));
    simulation = await simulate('clusters/home.yaml', { stateDir: folder });
    writeFileSync(join(folder, 'clusters/home.yaml'), simulation.definition());
  });

  afterEach(async () => {
    await simulation.pve.close();
  });

  const env = () => ({
    ...mirrorEnv(),
    ...simulation.variables,
    CLUSTERS: join(folder, 'clusters'),
    CDKTF_OUTDIR: join(folder, 'out'),
    TMPDIR: join(folder, 'tmp'),
    NO_COLOR: '1',
    [MARK]: folder,
  });

  /** Starts a command in a process group of its own, as a shell does. */
  function start(...args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
    const [node, ...cli] = CLI;
    const child = spawn(node, [...cli, ...args], {
      cwd: folder,
      detached: true,
      env: { ...process.env, ...env() },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
    const ended = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      output,
    }));
    return { child, ended };
  }

  const signalGroup = ({ pid = 0 }: ChildProcess, signal: NodeJS.Signals): void =>
    void process.kill(-pid, signal);

  /** Every request takes its time, so that there is some to interrupt in. */
  function slow(method: string, path: string, delay: number): void {
    for (const site of Object.values(simulation.pve.sites))
      site.faults.add({ method, path, delay, times: 100_000 });
  }

  const hits = (): number =>
    Object.values(simulation.pve.sites)
      .flatMap((site) => site.faults.all())
      .reduce((sum, fault) => sum + fault.hits, 0);

  const secretsLeft = (): string[] =>
    readdirSync(join(folder, 'tmp')).filter((name) => name.startsWith('talos-proxmox-'));

  /** VMs on the servers, and those that the state knows. */
  function machines(): { there: number[]; known: number[] } {
    const there = Object.values(simulation.pve.sites).flatMap((site) => [...site.state.vms.keys()]);
    const file = join(folder, 'home.tfstate');
    const { resources = [] } = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as {
      resources?: { type: string; mode: string; instances: { attributes: { vm_id: number } }[] }[];
    };
    const known = resources
      .filter(({ type, mode }) => mode === 'managed' && type.endsWith('_vm'))
      .flatMap(({ instances }) => instances.map(({ attributes }) => attributes.vm_id));
    return { there: there.map(Number).sort(), known: known.sort() };
  }

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'by %s while a plan is made leaves no plan and no program, and says so',
    async (signal, code) => {
      slow('GET', '**', 300);
      const { child, ended } = start('review', 'home');
      await eventually(() => {
        expect(hits()).toBeGreaterThan(2);
      });
      expect(secretsLeft()).toHaveLength(1);
      signalGroup(child, signal);
      const { output, ...end } = await ended;
      expect({ ...end, output }).toMatchObject({ code, signal: null });
      expect(output).toContain('interrupted');
      expect(secretsLeft()).toEqual([]);
      await eventually(() => {
        expect(programsWith(folder)).toEqual([]);
      });
    },
  );

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s during an apply leaves no VM that the state does not know', async (signal, code) => {
    slow('POST', '/nodes/{node}/qemu', 1500);
    const { child, ended } = start('up', 'home', '--auto-approve', '--wait', '1s');
    await eventually(() => {
      expect(hits()).toBeGreaterThan(0);
    }, 60_000);
    signalGroup(child, signal);
    // npm passes on what the terminal has sent to all: Terraform must not give up because of it.
    await sleep(20);
    signalGroup(child, signal);
    const { output, ...end } = await ended;
    expect({ ...end, output }).toMatchObject({ code, signal: null });
    expect(output).not.toContain('Two interrupts received');
    expect(secretsLeft()).toEqual([]);
    await eventually(() => {
      expect(programsWith(folder)).toEqual([]);
    });
    const { there, known } = machines();
    expect(there.length).toBeGreaterThan(0);
    expect(known).toEqual(there);
    // The next one goes on, without a lock or a VM in the way.
    for (const site of Object.values(simulation.pve.sites)) site.faults.clear();
    const next = await runCli(['up', 'home', '--auto-approve', '--wait', '1s'], { cwd: folder, env: env() });
    expect(next.stderr).not.toContain('lock');
    expect(machines().there).toHaveLength(simulation.cluster.nodes.length);
    expect(machines().known).toEqual(machines().there);
  });

  it('by SIGKILL at random moments leaves no secret, and no program', async () => {
    slow('GET', '**', 20);
    slow('POST', '/nodes/{node}/qemu', 300);
    const moments = Array.from(
      { length: product === 'Terraform' ? 15 : 3 },
      (_, i) => 400 + ((i * 7919) % 6000),
    );
    for (const moment of moments) {
      const { child, ended } = start('up', 'home', '--auto-approve', '--wait', '1s');
      await Promise.race([ended, sleep(moment)]);
      try {
        signalGroup(child, 'SIGKILL');
      } catch {
        // It is done already.
      }
      await ended;
      await eventually(() => {
        expect({ secrets: secretsLeft(), programs: programsWith(folder) }).toEqual({
          secrets: [],
          programs: [],
        });
      }, 30_000);
    }
    const { there, known } = machines();
    expect(known).toEqual(there);
  }, 600_000);
});

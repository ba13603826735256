/** `npm run discover` as a child, with the real omnictl, against a simulated Omni. Numbers: scenarios of the Omni lane. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../scripts/lib/platform/exec';
import type { Environment, MachineOptions } from '../../simulators/omni';
import { runCli } from '../testing/cli';
import { baseInventory, nodeOf } from '../testing/inventory';
import { describeOmni, omniWith } from '../testing/omni';
import { temporaryFolder } from '../testing/terraform';

const INVENTORY = baseInventory();
const STRANGER = '99999999-9999-4999-8999-999999999999';

/** A machine of the inventory as it joins, with what a test wants changed. */
function machine(name: string, changes: Partial<MachineOptions> = {}): MachineOptions {
  const node = nodeOf(INVENTORY, name);
  return {
    id: node.smbios_uuid,
    addresses: [`${node.ip_address}/24`],
    links: node.nics.map((nic) => ({ mac: nic.mac_address })),
    ...changes,
  };
}

/** All machines of the base, with worker-1 changed; without it for `null`. */
const base = (worker: Partial<MachineOptions> | null = {}): MachineOptions[] =>
  Object.keys(INVENTORY).flatMap((name) =>
    name !== 'worker-1' ? [machine(name)] : worker === null ? [] : [machine(name, worker)],
  );

interface Ran extends RunResult {
  /** Names of the machine files that are there. */
  readonly files: readonly string[];
  text(name: string): string;
}

/** Runs discover in a folder that holds the inventory. */
async function discover(
  env: Environment,
  args: readonly string[] = [],
  { folder = temporaryFolder(), signal }: { folder?: string; signal?: AbortSignal } = {},
): Promise<Ran> {
  writeFileSync(join(folder, 'inventory.json'), JSON.stringify(INVENTORY));
  const command = [
    'discover',
    'home',
    '--inventory',
    'inventory.json',
    '--talos-version',
    'v1.11.5',
    ...args,
  ];
  const result = await runCli(command, {
    cwd: folder,
    env: { ...env, OMNICTL: undefined, NO_COLOR: '1' },
    timeout: 60_000,
    ...(signal ? { signal } : {}),
  });
  const data = join(folder, 'machine-data/home');
  return {
    ...result,
    files: existsSync(data) ? readdirSync(data).sort() : [],
    text: (name) => readFileSync(join(data, name), 'utf8'),
  };
}

/** Starts an Omni with these machines and runs discover. */
async function discoverWith(machines: readonly MachineOptions[], args: readonly string[] = []): Promise<Ran> {
  const omni = await omniWith({ machines });
  return discover(omni.readerEnv, args);
}

const FILES = [
  'ip-to-uuid.txt',
  'mac-to-uuid.txt',
  'machine-uuids.txt',
  'matched-machines.json',
  'unmatched-machines.json',
];
const WORKER = nodeOf(INVENTORY, 'worker-1');
const MAC = WORKER.mac_address;

describeOmni('discover', () => {
  it('1: matches all machines, reading only; the second run says unchanged', async () => {
    const omni = await omniWith({ machines: base() });
    const folder = temporaryFolder();
    const { code, stderr, files, text } = await discover(omni.readerEnv, [], { folder });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^5 of 5 machines matched\n/);
    expect(files).toEqual(FILES);
    expect(JSON.parse(text('matched-machines.json'))).toHaveLength(5);
    expect((await discover(omni.readerEnv, [], { folder })).stderr).not.toContain(': written');
    expect(await omni.writes()).toEqual([]);
  });

  it('2: waits for a late joiner, but not for ever', async () => {
    const omni = await omniWith({ machines: base({ delayMs: 4000 }) });
    const late = await discover(omni.env, ['--wait', '1s']);
    expect(late.code).toBe(1);
    expect(late.stderr).toContain('gave up after 1s\n');
    expect(late.stderr).toContain(
      `error[live-omni-missing] worker-1: no machine with MAC ${MAC} is in Omni; `,
    );
    const { code, stderr } = await discover(omni.env, ['--wait', '20s']);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('5 of 5') as string });
  });

  it('3: fails for a machine that is absent, and keeps the last good files', async () => {
    const omni = await omniWith({ machines: base() });
    const folder = temporaryFolder();
    const good = (await discover(omni.env, [], { folder })).text('matched-machines.json');
    await omni.removeMachine(WORKER.smbios_uuid);
    const { code, stderr, text } = await discover(omni.env, [], { folder });
    expect(code).toBe(1);
    expect(stderr).toMatch(/error\[live-omni-missing\] worker-1: .*BC:24:11:02:00:00.*VM 1100 on pve1/);
    expect(text('matched-machines.json')).toBe(good);
  });

  it('4: takes none of two machines with one MAC', async () => {
    const { code, stderr, files } = await discoverWith([...base(), machine('worker-1', { id: STRANGER })]);
    expect({ code, files }).toEqual({ code: 1, files: [] });
    const ids = [STRANGER, WORKER.smbios_uuid].sort().join(', ');
    expect(stderr).toContain(
      `error[live-omni-duplicate-mac] worker-1: MAC ${MAC} is on Omni machines ${ids}; `,
    );
  });

  it('5: waits for network data, which is not the same as missing', async () => {
    const omni = await omniWith({ machines: base({ noNetwork: true }) });
    const never = await discover(omni.env, ['--wait', '1s']);
    expect(never.code).toBe(1);
    expect(never.stdout).toMatch(/worker-1 .*waiting: joined, no network data yet/);
    const waiting = discover(omni.env, ['--wait', '20s']);
    await omni.updateMachine(WORKER.smbios_uuid, { noNetwork: false });
    expect((await waiting).code).toBe(0);
  });

  it('6: treats empty hardware addresses as no data', async () => {
    for (const links of [[{ mac: '' }], []]) {
      const { code, stdout } = await discoverWith([
        ...base({ links }),
        machine('worker-1', { id: STRANGER, links: [{ mac: '' }] }),
      ]);
      expect(code).toBe(1);
      expect(stdout).toMatch(/worker-1 .*waiting: joined, no network data yet/);
    }
  });

  it('7: matches by the second NIC, and takes a bond for one machine', async () => {
    const links = [{ mac: '52:54:00:00:00:01' }, { mac: MAC }, { mac: MAC }];
    expect((await discoverWith(base({ links }))).code).toBe(0);
  });

  it('8: warns about a stranger and leaves it alone', async () => {
    const links = [{ mac: '52:54:00:00:00:09' }];
    const { code, stderr, text } = await discoverWith([...base(), { id: STRANGER, links }]);
    expect(code).toBe(0);
    expect(stderr).toContain(`warning[live-omni-stranger] ${STRANGER}: `);
    expect(text('matched-machines.json')).not.toContain(STRANGER);
    expect(JSON.parse(text('unmatched-machines.json'))).toMatchObject({
      strangers: [{ omni_uuid: STRANGER }],
    });
  });

  it('9: refuses a UUID other than the planned one, and shows both', async () => {
    const { code, stderr } = await discoverWith(base({ id: STRANGER }));
    expect(code).toBe(1);
    expect(stderr).toContain(
      `error[live-omni-uuid-differs] worker-1: the machine with MAC ${MAC} is ${STRANGER} in Omni, but the inventory says ${WORKER.smbios_uuid}; `,
    );
  });

  it('10: refuses a machine of another cluster', async () => {
    const { code, stderr } = await discoverWith(base({ cluster: 'other' }));
    expect(code).toBe(1);
    expect(stderr).toContain(`(MAC ${MAC}) is in cluster "other" of Omni, not in "home"; `);
  });

  it('15: refuses a Talos that Omni would refuse after half of the work', async () => {
    const { code, stderr } = await discoverWith(base({ talos: 'v1.12.2' }));
    expect(code).toBe(1);
    expect(stderr).toContain('error[live-omni-talos-version] worker-1: ');
  });

  it('18: says what is wrong with key, endpoint and clock, and prints no key', async () => {
    const omni = await omniWith({ machines: base() });
    const key = Buffer.from(JSON.stringify({ name: 'x', pgp_key: 'f4k3'.repeat(30) })).toString('base64');
    const garbage = await discover({ ...omni.env, OMNI_SERVICE_ACCOUNT_KEY: key });
    expect(garbage.stderr).toContain('error[omni-key] the service account key cannot be read; ');
    expect(garbage.stderr + garbage.stdout).not.toContain(key);
    const closed = await discover({ ...omni.env, OMNI_ENDPOINT: 'http://127.0.0.1:9' });
    expect(closed.stderr).toContain('error[omni-unreachable] Omni at http://127.0.0.1:9 does not answer; ');
    const none = await discover({ ...omni.env, OMNI_ENDPOINT: undefined });
    expect(none.stderr).toContain('error[omni-no-endpoint] no Omni is named; ');
    await omni.fault({ rejectSignatures: true });
    const clock = await discover(omni.env);
    expect(clock.stderr).toContain('or the clock of this machine is off by more than 5 minutes');
    expect([garbage, closed, none, clock].map(({ code }) => code)).toEqual([1, 1, 1, 1]);
    const missing = await discover({ ...omni.env, PATH: '/nowhere' });
    expect(missing.stderr).toContain('error[omni-omnictl] omnictl is not installed; ');
  });

  it('21: stops at another API version with both numbers, and only warns about another minor', async () => {
    const omni = await omniWith({ machines: base(), faults: { apiVersion: 3 } });
    const { code, stderr } = await discover(omni.env);
    expect(code).toBe(1);
    expect(stderr).toContain('error[omni-version] Omni has API version 3 and omnictl has 2; ');
    await omni.fault({ version: 'v1.10.4' });
    const minor = await discover(omni.env);
    expect(minor.code).toBe(0);
    expect(minor.stderr.match(/warning: omnictl: .*1\.10\.4/g)).toHaveLength(1);
  });

  it('23: keeps labels and host names text', async () => {
    const labels = { a: '12', b: 'true', c: '1.10' };
    const { code, text } = await discoverWith(base({ labels, hostname: '123' }));
    expect(code).toBe(0);
    const worker = (
      JSON.parse(text('matched-machines.json')) as { hostname: string; omni_data: unknown }[]
    ).find(({ hostname }) => hostname === 'worker-1');
    // omnictl itself has made 1.1 of 1.10.
    expect(worker?.omni_data).toMatchObject({
      metadata: { labels: { a: '12', b: 'true', c: '1.1' } },
      spec: { network: { hostname: '123' } },
    });
  });

  it('24: reads no machine, and 200, and braces in strings', async () => {
    const empty = await discoverWith([]);
    expect(empty.code).toBe(1);
    expect(empty.stderr).toMatch(/\n0 of 5 machines matched\n/);
    const many = Array.from({ length: 195 }, (_, i): MachineOptions => {
      const end = i.toString(16).padStart(2, '0');
      return {
        id: `${STRANGER.slice(0, -2)}${end}`,
        hostname: '}{',
        links: [{ mac: `52:54:00:00:01:${end}` }],
      };
    });
    const { code, stdout } = await discoverWith([...base({ labels: { odd: '}{"' } }), ...many], ['--json']);
    expect(code).toBe(0);
    const { strangers } = JSON.parse(stdout) as { strangers: unknown[] };
    expect(strangers).toHaveLength(195);
  });

  it('25: gives up in time on an Omni that dies while it waits', async () => {
    const omni = await omniWith({ machines: base(null), faults: { exitAfterCalls: 8 } });
    const { code, stderr } = await discover(omni.env, ['--wait', '8s']);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'does not answer; check OMNI_ENDPOINT, the network, and that Omni runs; trying again\n',
    );
    expect(stderr).toMatch(/error\[omni-unreachable\].*\nnothing written\n$/);
  });

  it('ends with 130 on SIGINT and writes nothing', async () => {
    const omni = await omniWith({ machines: base(null) });
    const interrupt = new AbortController();
    const running = discover(omni.env, ['--wait', '1m'], { signal: interrupt.signal });
    setTimeout(() => interrupt.abort(), 4000);
    const { code, stderr, files } = await running;
    expect({ code, files }).toEqual({ code: 130, files: [] });
    expect(stderr).toMatch(/interrupted; nothing written\n$/);
  });
});

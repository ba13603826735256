/** Clusters that run without Omni become definitions that change nothing, with the real Terraform, provider, talosctl, sops and age. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseDocument, stringify } from 'yaml';
import type { DefinitionDraft } from '../../model/cluster/definition/schema';
import { run, type RunResult } from '../../scripts/lib/platform/exec';
import { simulate, type Simulation } from '../../simulators/pve';
import {
  bridgeTalos,
  loopbackSubnet,
  startTalos,
  type Talos,
  type TalosBridge,
  type TalosctlVersion,
} from '../../simulators/talos';
import { programPath } from '../../tools/programs';
import { runCli } from '../testing/cli';
import { scanText } from '../testing/secret-scan';
import { QUICK } from '../testing/talos';
import { describeTerraform, mirrorEnv, temporaryFolder } from '../testing/terraform';
import { Vault } from '../testing/vault';

const describeTools = process.env['ACCEPTANCE_TOOLS'] === undefined ? describe.skip : describeTerraform;

/** A network of its own for each cluster here: their machines answer at addresses of this computer. */
const SUBNET = loopbackSubnet();

interface Member {
  readonly name: string;
  readonly role: 'controlplane' | 'worker';
  readonly address: string;
  readonly mac: string;
}

const MEMBERS: readonly Member[] = [
  { name: 'talos-control-1', role: 'controlplane', address: `${SUBNET}.100`, mac: 'bc:24:11:01:00:00' },
  { name: 'talos-worker-1', role: 'worker', address: `${SUBNET}.110`, mac: 'bc:24:11:02:00:00' },
];

describeTools('adopt of a running cluster', () => {
  const vault = new Vault();
  let folder = '';
  let simulation: Simulation;
  let talos: Talos;
  let bridged: TalosBridge;

  beforeAll(() => vault.createKey());

  /** VMs of a definition, which has no cluster yet. */
  async function start(change: (home: ReturnType<typeof parseDocument>) => void): Promise<void> {
    folder = temporaryFolder();
    mkdirSync(join(folder, 'clusters'));
    vault.addRules(folder);
    const source = join(folder, 'source.yaml');
    const text = readFileSync(join('clusters', 'home.yaml'), 'utf8').replaceAll('192.168.10.', `${SUBNET}.`);
    const home = parseDocument(text);
    for (const key of ['omni', 'omni_endpoint']) home.delete(key);
    home.set('management', 'standalone');
    home.set('standalone', home.createNode({ vip: `${SUBNET}.50`, cert_sans: ['k8s.example.com'] }));
    change(home);
    writeFileSync(source, home.toString());
    simulation = await simulate(source, { stateDir: folder });
    talos = await startTalos({ timing: QUICK });
    bridged = bridgeTalos(simulation.pve, talos);
    writeFileSync(join(folder, 'clusters/home.yaml'), simulation.definition());
  }

  afterEach(async () => {
    more = {};
    await bridged.close();
    await simulation.pve.close();
    await talos.stop();
  });

  /** Of a talosctl that is as new as the cluster. */
  let more: NodeJS.ProcessEnv = {};

  const env = (): NodeJS.ProcessEnv => ({
    ...mirrorEnv(),
    ...vault.env,
    ...simulation.variables,
    ...talos.env,
    CLUSTERS: join(folder, 'clusters'),
    CDKTF_OUTDIR: join(folder, 'cdktf.out'),
    NO_COLOR: '1',
    ...more,
  });

  const cli = (...args: readonly string[]): Promise<RunResult> =>
    runCli(args, { cwd: folder, timeout: 240_000, env: env() });

  const well = ({ code, stdout, stderr }: RunResult): string => {
    if (code !== 0) throw new Error(`${code}: ${stdout}${stderr}`);
    return stdout + stderr;
  };

  const up = (): Promise<RunResult> => cli('up', 'home', '--wait', '60s', '--auto-approve');

  /** What is left of a definition that is lost: servers and network. */
  function forget(): string {
    const file = join(folder, 'clusters/home.yaml');
    const { talos_version, proxmox_servers, network_config } = parse(
      readFileSync(file, 'utf8'),
    ) as DefinitionDraft;
    const path = join(folder, 'servers.yaml');
    writeFileSync(path, stringify({ talos_version, proxmox_servers, network_config }));
    for (const name of ['home.yaml', 'home.talos.sops.yaml'])
      if (existsSync(join(folder, 'clusters', name)))
        renameSync(join(folder, 'clusters', name), join(folder, `old.${name}`));
    for (const name of ['state', 'cdktf.out']) rmSync(join(folder, name), { recursive: true, force: true });
    return path;
  }

  const definition = (): DefinitionDraft =>
    parse(readFileSync(join(folder, 'clusters/home.yaml'), 'utf8')) as DefinitionDraft;

  const adopt = (...args: readonly string[]): Promise<RunResult> =>
    cli('adopt', 'home', '--from', 'servers.yaml', '--talosconfig', 'talosconfig', ...args);

  /** What the machines are, and since when they run. */
  const machines = async (): Promise<string[]> =>
    (await talos.machines()).map(({ config, bootId }) => `${bootId}\n${config}`);

  /** Adopted, the cluster is what it was: no configuration is another, no node has rebooted, and a plan is empty. */
  async function expectAdopted(...args: readonly string[]): Promise<string> {
    const before = await machines();
    const result = await adopt(...args);
    const said = well(result);
    expect(said).toMatch(/to import, 0 to destroy, 0 to replace/);
    well(await cli('validate', 'home'));
    const done = well(await up());
    expect(done).toContain('home: unchanged\n');
    const again = well(await up());
    expect(again).not.toContain('terraform apply');
    expect(again).toContain('home: unchanged\n');
    expect(well(await cli('generate', 'home'))).toContain('are valid');
    expect(await machines()).toEqual(before);
    return said;
  }

  it('takes one that our own up has made, without its definition and secrets', async () => {
    await start(() => undefined);
    well(await cli('talos', 'secrets', 'home'));
    well(await up());
    well(await cli('talos', 'config', 'home', '--output', 'talosconfig'));
    forget();
    const said = await expectAdopted();
    expect(said).toContain('home.talos.sops.yaml: the secrets of the cluster, from its control plane');
    const [then, now] = await Promise.all(
      ['old.home.talos.sops.yaml', 'clusters/home.talos.sops.yaml'].map(
        async (file) => parse((await vault.must('sops', ['decrypt', join(folder, file)])).stdout) as unknown,
      ),
    );
    expect(now).toEqual(then);
    const { certs } = now as { certs: Record<string, { key: string }> };
    const planted = Object.fromEntries(Object.entries(certs).map(([name, { key }]) => [name, key]));
    expect(scanText(planted, 'output', said)).toEqual([]);
    // The definition says it by its keys, and needs no patch.
    expect(definition().standalone).toMatchObject({ vip: `${SUBNET}.50`, cert_sans: ['k8s.example.com'] });
    expect(readFileSync(join(folder, 'clusters/home.yaml'), 'utf8')).not.toContain('patches:');
  }, 400_000);

  /** A cluster of plain talosctl: what people do by hand, or talhelper for them. */
  async function byHand(
    { version, contract, kubernetes = '1.34.1' }: Shape,
    cluster: readonly unknown[],
    node: (member: Member) => readonly unknown[],
  ): Promise<void> {
    await start((home) => {
      home.deleteIn(['proxmox_servers', 'pve2']);
      for (const [list, name] of [
        ['control_planes', 'talos-control-1'],
        ['workers', 'talos-worker-1'],
      ] as const)
        home.set(list, home.createNode([{ name, proxmox_server: 'pve1' }]));
      const talosVersion = version === '1.13' ? 'v1.13.9' : 'v1.12.0';
      home.set('talos_version', talosVersion);
      home.setIn(
        ['images', 'talos', 'url'],
        String(home.getIn(['images', 'talos', 'url'])).replace('v1.11.5', talosVersion),
      );
    });
    const hand = async (...args: readonly string[]): Promise<string> =>
      well(await talos.talosctl(args, { version, cwd: folder, talosconfig: join(folder, 'talosconfig') }));
    well(await cli('validate', 'home'));
    well(await cli('synth'));
    for (const args of [
      ['init', '-input=false'],
      ['apply', '-input=false', '-auto-approve'],
    ])
      well(
        await run('terraform', ['-chdir=cdktf.out/stacks/home', ...args], {
          cwd: folder,
          env: env(),
          timeout: 240_000,
        }),
      );
    await bridged.settled();
    const patch = (name: string, bodies: readonly unknown[]): string[] => {
      bodies.forEach((body, i) => writeFileSync(join(folder, `${name}-${i}.yaml`), stringify(body)));
      return bodies.flatMap((_, i) => ['--config-patch', `@${name}-${i}.yaml`]);
    };
    await hand('gen', 'secrets', '--output-file', 'secrets.yaml');
    const image = `factory.talos.dev/nocloud-installer/${SCHEMATIC}:${version === '1.13' ? 'v1.13.9' : 'v1.12.0'}`;
    for (const member of MEMBERS) {
      await hand(
        ...[
          'gen',
          'config',
          'home',
          `https://${SUBNET}.100:6443`,
          '--with-secrets',
          'secrets.yaml',
          '--force',
        ],
        ...['--talos-version', contract, '--kubernetes-version', kubernetes, '--install-image', image],
        ...['--output-types', member.role, '--output', `${member.name}.yaml`],
        ...patch('cluster', cluster),
        ...patch(member.name, node(member)),
      );
      await hand('apply-config', '--insecure', '--nodes', member.address, '--file', `${member.name}.yaml`);
    }
    await hand(
      ...['gen', 'config', 'home', `https://${SUBNET}.100:6443`, '--with-secrets', 'secrets.yaml', '--force'],
      ...['--output-types', 'talosconfig', '--output', 'talosconfig'],
    );
    await hand('config', 'endpoint', `${SUBNET}.100`);
    await until(async () =>
      (await talos.machines()).every(({ stage, config }) => config !== '' && stage !== 'rebooting'),
    );
    await until(async () => {
      const { code } = await talos.talosctl(['bootstrap', '--nodes', `${SUBNET}.100`], {
        version,
        cwd: folder,
        talosconfig: join(folder, 'talosconfig'),
      });
      return code === 0;
    });
    await until(async () => (await talos.machines()).every(({ ready }) => ready));
    forget();
  }

  it('takes one with documents of its own: an interface by its name, mirrors, Cilium, labels, and a volume', async () => {
    await byHand(
      { version: '1.12', contract: 'v1.12' },
      [
        { cluster: { network: { cni: { name: 'none' } }, proxy: { disabled: true } } },
        { machine: { sysctls: { 'vm.max_map_count': '262144' }, kubelet: { extraArgs: { 'rotate-server-certificates': 'true' } } } },
        { apiVersion: 'v1alpha1', kind: 'RegistryMirrorConfig', name: 'docker.io', endpoints: [{ url: 'https://mirror.example.com' }] },
        { apiVersion: 'v1alpha1', kind: 'TimeSyncConfig', ntp: { servers: ['ntp.example.com'] } },
        { apiVersion: 'v1alpha1', kind: 'ResolverConfig', nameservers: [{ address: '9.9.9.9' }] },
      ],
      ({ name, role, address }) => [
        { apiVersion: 'v1alpha1', kind: 'HostnameConfig', auto: 'off', hostname: name },
        { apiVersion: 'v1alpha1', kind: 'LinkConfig', name: 'ens18', addresses: [{ address: `${address}/24` }], routes: [{ gateway: `${SUBNET}.1` }] },
        { machine: { install: { disk: '/dev/sda' }, nodeLabels: { 'example.com/rack': 'r1' } } },
        ...(role === 'controlplane' ? [{ apiVersion: 'v1alpha1', kind: 'Layer2VIPConfig', name: `${SUBNET}.50`, link: 'ens18' }] : []),
      ],
    ); // prettier-ignore
    await expectAdopted();
    expect(definition()).toMatchObject({
      kubernetes_version: 'v1.34.1',
      network_config: { dns_servers: ['9.9.9.9'] },
      standalone: {
        vip: `${SUBNET}.50`,
        cni: 'none',
        kube_proxy: false,
        registry_mirrors: { 'docker.io': { endpoints: ['https://mirror.example.com'] } },
        time_servers: ['ntp.example.com'],
      },
      defaults: {
        all: {
          sysctls: { 'vm.max_map_count': '262144' },
          node_labels: { 'example.com/rack': 'r1' },
          patches: { 'adopted-2-with': { machine: { kubelet: { extraArgs: { 'rotate-server-certificates': 'true' } } } } },
        },
      },
    }); // prettier-ignore
  }, 400_000);

  it('takes one of talhelper in the older form, made with an older Talos', async () => {
    await byHand(
      { version: '1.12', contract: 'v1.11' },
      [
        { machine: { network: { nameservers: ['9.9.9.9'] }, time: { servers: ['ntp.example.com'] }, certSANs: ['talos.example.com'] } },
        { machine: { registries: { mirrors: { 'docker.io': { endpoints: ['https://a.example.com/v2/x'], overridePath: true } } } } },
        { machine: { kubelet: { nodeIP: { validSubnets: [`${SUBNET}.0/24`] } } } },
        { cluster: { allowSchedulingOnControlPlanes: true, network: { podSubnets: ['10.42.0.0/16'], serviceSubnets: ['10.43.0.0/16'] } } },
      ],
      ({ name, role, address, mac }) => [
        {
          machine: {
            network: {
              hostname: name,
              interfaces: [
                {
                  deviceSelector: { hardwareAddr: mac },
                  dhcp: false,
                  addresses: [`${address}/24`],
                  routes: [{ network: '0.0.0.0/0', gateway: `${SUBNET}.1` }],
                  ...(role === 'controlplane' ? { vip: { ip: `${SUBNET}.50` } } : {}),
                },
              ],
            },
            nodeTaints: role === 'controlplane' ? { 'example.com/only': 'a:NoSchedule' } : {},
          },
        },
        ...(role === 'controlplane' ? [{ cluster: { apiServer: { certSANs: ['k8s.example.com'] }, etcd: { extraArgs: { 'listen-metrics-urls': 'http://0.0.0.0:2381' } } } }] : []),
      ],
    ); // prettier-ignore
    await expectAdopted();
    expect(definition()).toMatchObject({
      talos_contract: 'v1.11.0',
      standalone: {
        vip: `${SUBNET}.50`,
        pod_subnets: ['10.42.0.0/16'],
        service_subnets: ['10.43.0.0/16'],
        schedule_on_control_planes: true,
        cert_sans: ['talos.example.com'],
        etcd_metrics: true,
        time_servers: ['ntp.example.com'],
      },
    });
  }, 400_000);

  it('says what is in the way, and writes nothing', async () => {
    await byHand({ version: '1.12', contract: 'v1.12' }, [], hostnames);
    const wrong = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await adopt(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(existsSync(join(folder, 'clusters/home.yaml'))).toBe(false);
      expect(existsSync(join(folder, 'clusters/home.talos.sops.yaml'))).toBe(false);
      expect(stderr).not.toMatch(/^ {4}at /m);
      return stderr;
    };
    const hand = async (...args: readonly string[]): Promise<string> =>
      well(await talos.talosctl(args, { cwd: folder, talosconfig: join(folder, 'talosconfig') }));
    const [controlPlane, worker] = MEMBERS;
    if (!controlPlane || !worker) throw new Error('no members');

    const secrets = parse(readFileSync(join(folder, 'secrets.yaml'), 'utf8')) as {
      certs: { os: { crt: string; key: string } };
    };
    for (const part of ['crt', 'key'] as const)
      writeFileSync(join(folder, `os.${part}`), Buffer.from(secrets.certs.os[part], 'base64'));
    await hand('gen', 'key', '--name', 'reader');
    await hand('gen', 'csr', '--key', 'reader.key', '--ip', '127.0.0.1', '--roles', 'os:reader');
    await hand('gen', 'crt', '--ca', 'os', '--csr', 'reader.csr', '--name', 'reader');
    const base64 = (name: string): string => readFileSync(join(folder, name)).toString('base64');
    const reader = { endpoints: [controlPlane.address], ca: secrets.certs.os.crt };
    writeFileSync(
      join(folder, 'reader'),
      stringify({
        context: 'home',
        contexts: { home: { ...reader, crt: base64('reader.crt'), key: base64('reader.key') } },
      }),
    );
    expect(await wrong('--talosconfig', 'reader')).toMatch(
      /^error: node talos-control-1 at \S+ does not show its machine configuration to this talosconfig; that needs the role os:admin/,
    );
    await hand(
      'gen',
      'config',
      'other',
      'https://10.0.0.1:6443',
      '--output-types',
      'talosconfig',
      '--output',
      'other',
    );
    await talos.talosctl(['config', 'endpoint', controlPlane.address], {
      cwd: folder,
      talosconfig: join(folder, 'other'),
    });
    expect(await wrong('--talosconfig', 'other')).toContain('is of another cluster than the talosconfig');
    expect(await wrong('--context', 'hoem')).toContain(
      'has no context "hoem"; name one with --context: home',
    );
    expect(await wrong('--gpu-worker', controlPlane.name)).toContain(
      'node talos-control-1 is a control plane by its machine configuration, and named as GPU worker',
    );

    const id = (await talos.machines()).find(({ address }) => address === worker.address)?.id ?? '';
    await talos.power(id, false);
    expect(await wrong()).toMatch(
      /^error: node talos-worker-1 at \S+ does not answer .*; to leave it out: --skip talos-worker-1\n/,
    );
    await talos.power(id, true);
    await until(async () => (await talos.machine(id)).ready);

    const stranger = `${SUBNET}.111`;
    const strangerId = '22222222-2222-4222-8222-000000000001';
    await talos.addMachine({
      id: strangerId,
      addresses: [`${stranger}/24`],
      links: [{ mac: 'bc:24:11:99:00:01' }],
      talos: 'v1.12.0',
    });
    const text = readFileSync(join(folder, 'talos-worker-1.yaml'), 'utf8');
    writeFileSync(join(folder, 'stranger.yaml'), text.replace('hostname: talos-worker-1', 'hostname: pi-1'));
    await hand('apply-config', '--insecure', '--nodes', stranger, '--file', 'stranger.yaml');
    await until(async () => (await talos.machine(strangerId)).ready);
    expect(await wrong()).toContain(
      `error: node pi-1 at ${stranger} is no VM of the servers in the definition: none has its UUID (${strangerId})`,
    );
  }, 400_000);

  it('takes one of Talos 1.13 whose nodes say nothing of their network', async () => {
    await byHand({ version: '1.13', contract: 'v1.13' }, [], hostnames);
    const old = await adopt();
    expect(old).toMatchObject({ code: 1, stdout: '' });
    expect(old.stderr).toMatch(
      /^error: talosctl is v1\.12\.\d+, and older than Talos v1\.13\.9 of the cluster/,
    );
    more = { TALOSCTL: programPath('talosctl-1.13') };
    await expectAdopted();
    expect(definition()).not.toHaveProperty('talos_contract');
  }, 400_000);
});

const hostnames = ({ name }: Member): readonly unknown[] => [
  { apiVersion: 'v1alpha1', kind: 'HostnameConfig', auto: 'off', hostname: name },
];

interface Shape {
  readonly version: TalosctlVersion;
  readonly contract: string;
  readonly kubernetes?: string;
}

const SCHEMATIC = '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba';

async function until(is: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await is()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('it never came to be');
}

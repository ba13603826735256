import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { App, Testing } from 'cdktf';
import {
  BaseStack,
  ClusterStack,
  TalosCluster,
  ValidationError,
  type TalosClusterInput,
  type TalosClusterProps,
} from '../../constructs';
import { CheckedCluster, checkDefinitions } from '../../model/load/load';
import { fromProps } from '../../model/cluster/definition/from-props';
import { parseYaml } from '../../model/cluster/definition/yaml';
import {
  clusterProps,
  problems,
  render,
  renderCluster,
  resource,
  resources,
  serverProps,
  testApp,
  VM,
} from '../testing/synth';

test('defaults: a tree of speaking ids', () => {
  const stack = new ClusterStack(testApp(), 'home', clusterProps());
  expect(stack.cluster.vms.map(({ node }) => node.id)).toEqual(['cp-1', 'w-1']);

  expect(Testing.renderConstructTree(stack.cluster)).toBe(
    `cluster (TalosCluster)
├── outputs (ClusterOutputs)
    ├── machine_inventory (TerraformLocal)
    ├── machine_inventory_map (TerraformLocal)
    └── machine_inventory_made (TerraformLocal)
├── guards (Guards)
    ├── guards (TerraformVariable)
    ├── allow (TerraformVariable)
    ├── pve1 (DataProxmoxVirtualEnvironmentVms)
    ├── guard_vms (TerraformLocal)
    ├── guard_sites (TerraformLocal)
    ├── guard_nodes (TerraformLocal)
    ├── guard_vms_by_id (TerraformLocal)
    ├── guard_vms_by_name (TerraformLocal)
    ├── pve1_local-lvm (DataProxmoxFiles)
    ├── pve1_tank (DataProxmoxFiles)
    ├── guard_volumes (TerraformLocal)
    ├── guard_mobile (TerraformLocal)
    ├── guard_removed (TerraformLocal)
    └── guard_problems (TerraformLocal)
├── images (TalosImages)
├── pci-mappings (PciMappings)
├── resource-pools (ResourcePools)
├── nodes (AddressScope)
    ├── cp-1 (TalosVm)
        └── Resource (VirtualEnvironmentVm)
    └── w-1 (TalosVm)
        └── Resource (VirtualEnvironmentVm)
└── ha (HaResources)
`,
  );
  expect(Object.keys(resources(render(stack), VM))).toEqual(['cp-1', 'w-1']);
});

test('is named by its id, or by a prop', () => {
  const named = (props: TalosClusterProps): string =>
    new TalosCluster(new BaseStack(testApp(), 's'), 'lab', props).cluster.name;

  expect(named(clusterProps())).toBe('lab');
  expect(named(clusterProps({ clusterName: 'prod' }))).toBe('prod');
});

describe('vm()', () => {
  const { cluster } = new ClusterStack(testApp(), 'home', clusterProps());

  test('is the VM of a node', () => {
    expect(cluster.vm('w-1').node.path).toBe('home/cluster/nodes/w-1');
    expect(cluster.vm('cp-1').resource.nameInput).toBe('cp-1');
  });

  test('names the known nodes', () => {
    expect(() => cluster.vm('w-2')).toThrow(new ValidationError('no node "w-2"; known: cp-1, w-1', cluster));
  });
});

test('transforms reach each kind of resource', () => {
  const json = renderCluster(
    {
      images: { talos: { url: 'https://factory.talos.dev/image/3765/v1.11.5/nocloud-amd64.iso' } },
      pciMappings: {
        rtx: { devices: [{ proxmoxServer: 'pve1', path: '0000:01:00', id: '10de:2204', iommuGroup: 1 }] },
      },
    },
    {
      provider: (config, { key }) => ({ ...config, tmpDir: `/tmp/${key}` }),
      vm: (config, { name }) => ({ ...config, description: `my ${name}` }),
      download: (config, { key }) => ({ ...config, fileName: `my-${key}.iso` }),
      pciMapping: (config, { name }) => ({ ...config, comment: `my ${name}` }),
    },
  );

  expect(json.provider['proxmox']).toMatchObject([{ tmp_dir: '/tmp/pve1' }]);
  expect(json.resource).toMatchObject({
    proxmox_virtual_environment_vm: { 'cp-1': { description: 'my cp-1' }, 'w-1': { description: 'my w-1' } },
    proxmox_download_file: { talos_pve1: { file_name: 'my-talos.iso' } },
    proxmox_hardware_mapping_pci: { rtx_pve1: { comment: 'my rtx' } },
  });
});

describe('problems of the props', () => {
  const broken = clusterProps({
    talosVersion: '1.11',
    controlPlanes: [{ name: 'cp-1' }, { name: 'cp-2' }],
    workers: [{ name: 'w-1', cpuCores: -2, diskFormat: 'vmdk' as 'raw' }],
    ['cpuCore' as string]: 4,
  });
  const failure = (): unknown => {
    try {
      return new ClusterStack(testApp(), 'home', broken).cluster.cluster;
    } catch (error) {
      return error;
    }
  };

  test('are all told at once, in the keys of a definition, with the construct path', () => {
    const error = failure();

    expect(error).toBeInstanceOf(ValidationError);
    const [head, ...lines] = (error as ValidationError).message.split('\n  ');
    expect(head).toBe('home/cluster: the cluster has problems');
    expect(
      lines.map((line) => /^home\/cluster: error\[([a-z0-9-]+)\] ([^:]+): /.exec(line)?.slice(1)),
    ).toEqual([
      ['control-plane-count', 'controlPlanes'],
      ['schema-key-unknown', 'cpuCore'],
      ['schema-value', 'workers[0].diskFormat'],
      ['size-range', 'workers[0].cpuCores'],
      ['version-pin', 'talosVersion'],
    ]);
  });

  test('are no bug, so that nobody prints a stack', () => {
    expect(failure()).toMatchObject({ name: 'ValidationError' });
  });

  test('stay warnings where they are', () => {
    const stack = new ClusterStack(testApp(), 'home', clusterProps({ backend: undefined }));

    render(stack);
    const warnings = stack.cluster.node.metadata.map(({ type, data }) => [type, data as unknown]);
    expect(warnings).toEqual([
      ['@cdktf/warn', expect.stringMatching(/^home\/cluster: warning\[backend-local\] backend: /) as unknown],
    ]);
    expect(problems(stack)).toEqual([]);
  });
});

describe('nodes that are added', () => {
  const empty = (): TalosClusterProps => {
    const { controlPlanes: _, workers: __, ...props } = clusterProps();
    return props;
  };

  test('are those of the props, wherever they are added', () => {
    const stack = new ClusterStack(testApp(), 'home', empty());
    stack.cluster
      .addControlPlane({ name: 'cp-1' })
      .addNode({ name: 'w-1', cpuCores: 2 })
      .addNode({ role: 'gpu-worker', name: 'gpu-1', ipAddress: '192.168.10.130', gpuMappings: [] })
      .addWorkers({ name: 'web', count: 2, firstIndex: 10 });
    const written = new ClusterStack(testApp(), 'home', {
      ...empty(),
      controlPlanes: [{ name: 'cp-1' }],
      workers: [{ name: 'w-1', cpuCores: 2 }],
      gpuWorkers: [{ name: 'gpu-1', ipAddress: '192.168.10.130', gpuMappings: [] }],
      nodePools: [{ name: 'web', role: 'worker', count: 2, firstIndex: 10 }],
    });

    expect(render(stack)).toEqual(render(written));
    expect(stack.cluster.vms.map(({ node }) => node.id)).toEqual(['cp-1', 'w-1', 'web-1', 'web-2', 'gpu-1']);
  });

  test('stand beside those of the props, which stay as they are', () => {
    const props = clusterProps();
    const { cluster } = new ClusterStack(testApp(), 'home', props);
    cluster.addNode({ name: 'w-2' });

    expect(cluster.cluster.nodes.map(({ name }) => name)).toEqual(['cp-1', 'w-1', 'w-2']);
    expect(props.workers).toHaveLength(1);
  });

  test('come too late when something was read', () => {
    const { cluster } = new ClusterStack(testApp(), 'home', clusterProps());
    cluster.vm('w-1');

    const text = 'the cluster is made already, because something of it was read; add nodes before that';
    expect(() => cluster.addWorkers({ name: 'web', count: 2 })).toThrow(new ValidationError(text, cluster));
  });

  test('belong into the definition of a cluster that has one', () => {
    const { cluster } = new ClusterStack(testApp(), 'home', { checked: checkedCluster() });

    expect(() => cluster.addControlPlane({ name: 'cp-2' })).toThrow(/write its nodes there/);
  });
});

/** A cluster as `loadDefinitions()` gives it. */
function checkedCluster(): CheckedCluster {
  const { clusters } = checkDefinitions([fromProps('home', clusterProps(), 'home.yaml')]);
  return clusters[0] as CheckedCluster;
}

describe('a cluster that was loaded', () => {
  test('is taken as it was given, or beside patches', () => {
    const vm = <T extends object>(config: T): T => ({ ...config, migrate: true });
    const json = (props: TalosClusterInput) =>
      resource(render(new ClusterStack(testApp(), 'home', props)), VM, 'w-1');

    expect(json(checkedCluster())).toEqual(json(clusterProps()));
    expect(json({ checked: checkedCluster(), transforms: { vm } })).toMatchObject({ migrate: true });
  });
});

describe('synthesis', () => {
  test('makes all stacks of a cluster with a plain app of cdktf, too', () => {
    const app = new App({ outdir: testApp().outdir });
    new ClusterStack(app, 'home', clusterProps({ stateSplit: 'server' }));

    app.synth();
    expect(readdirSync(join(app.outdir, 'stacks')).sort()).toEqual(['home', 'home-pve1']);
  });

  test('tells the problems of all clusters at once', () => {
    const app = testApp();
    for (const name of ['home', 'lab']) new ClusterStack(app, name, clusterProps({ talosVersion: name }));

    expect(() => app.synth()).toThrow(
      /^\(app\): 2 clusters have problems\nhome\/cluster: .*\n.*"home".*\nlab\/cluster: .*\n.*"lab"/,
    );
  });
});

describe('one cluster per stack', () => {
  test('a second one is an error', () => {
    const stack = new BaseStack(testApp(), 's');
    new TalosCluster(stack, 'a', clusterProps());

    const text = 's/b: stack "s" already has the cluster s/a; use one stack per cluster';
    expect(() => new TalosCluster(stack, 'b', clusterProps())).toThrow(new Error(text));
  });
});

describe('two clusters in one app', () => {
  /** A cluster that shares nothing with the other one. */
  const lab = (changes: Partial<TalosClusterProps> = {}): TalosClusterProps =>
    clusterProps({
      proxmoxServers: { lab1: serverProps('lab1') },
      networkConfig: { subnet: '10.0.0.0/24', gateway: '10.0.0.1', dnsServers: ['10.0.0.1'] },
      macAddressPrefix: '02:AB:02',
      backend: { type: 'local', config: { path: '../../../state/lab.tfstate' } },
      defaults: { controlPlanes: { firstIp: '10.0.0.11' }, workers: { firstIp: '10.0.0.21' } },
      controlPlanes: [{ name: 'lab-cp-1' }],
      workers: [{ name: 'lab-w-1' }],
      ...changes,
    });
  const both = (
    changes: Partial<TalosClusterProps>,
  ): { app: App; home: ClusterStack; other: ClusterStack } => {
    const app = testApp();
    const home = new ClusterStack(app, 'home', clusterProps());
    return { app, home, other: new ClusterStack(app, 'lab', lab(changes)) };
  };

  test('are synthesized where they share nothing', () => {
    const { app, home, other } = both({});

    app.synth();
    expect([...problems(home), ...problems(other)]).toEqual([]);
  });

  test('are refused, naming both, where they would have the same MAC addresses', () => {
    const { app, home, other } = both({ macAddressPrefix: '02:AB:01' });

    const found = problems(home);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(
      /^lab\/cluster: error\[mac-unique\] macAddressPrefix: lab-cp-1 and home\/cp-1 would both have the MAC /,
    );
    // Once is enough.
    expect(problems(other)).toEqual([]);
    expect(() => app.synth()).toThrow('[home/cluster] lab/cluster: error[mac-unique]');
  });

  test('are checked once where they were loaded together', () => {
    const yaml = (name: string, net: number): string => `
cluster_name: ${name}
talos_version: v1.11.5
proxmox_servers: { ${name}: { api_url: 'https://10.${net}.0.5:8006/', node_name: x, network_bridge: vmbr0, storage_os: local } }
network_config: { subnet: 10.${net}.0.0/24, gateway: 10.${net}.0.1, dns_servers: [10.${net}.0.1] }
mac_address_prefix: 02:AB:0${net}
images: { talos: { iso: 'local:iso/talos-v1.11.5-nocloud-amd64.iso' } }
control_planes: [{ name: ${name}-1, ip_address: 10.${net}.0.10, vm_id: 700${net} }]`;
    const { clusters } = checkDefinitions([
      parseYaml('a.yaml', yaml('a', 1)),
      parseYaml('b.yaml', yaml('b', 2)),
    ]);
    // The draft of a twice collides with itself, so that a second check cannot go unnoticed.
    const found = (run: () => object): string[] => {
      const app = testApp();
      const [first] = clusters.map(({ cluster }) => {
        const draft = clusters[0]?.draft as CheckedCluster['draft'];
        return new ClusterStack(app, cluster.name, CheckedCluster.of(cluster, draft, run()));
      });
      return problems(first as ClusterStack);
    };
    const run = {};

    expect(clusters).toHaveLength(2);
    expect(found(() => run)).toEqual([]);
    expect(found(() => ({}))).not.toEqual([]);
  });
});

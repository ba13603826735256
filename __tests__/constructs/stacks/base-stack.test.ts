import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  TerraformHclModule,
  TerraformLocal,
  TerraformOutput,
  type TerraformProvider,
  TerraformStack,
  TerraformVariable,
  App,
} from 'cdktf';
import { Construct } from 'constructs';
import { DataProxmoxVirtualEnvironmentNodes } from '../../../.gen/providers/proxmox/data-proxmox-virtual-environment-nodes';
import { DownloadFile } from '../../../.gen/providers/proxmox/download-file';
import { ProxmoxProvider } from '../../../.gen/providers/proxmox/provider';
import { VirtualEnvironmentPool } from '../../../.gen/providers/proxmox/virtual-environment-pool';
import { AddressScope, BaseStack, TalosCluster, type TalosClusterInput } from '../../../constructs';
import { ProxmoxServers } from '../../../constructs/proxmox/proxmox-servers';
import { loadDefinitions, type CheckedCluster } from '../../../model/load/load';
import {
  clusterProps, POOL, problems, render, resources, server, serverProps, testApp, VM, type Rendered,
} from '../../testing/synth'; // prettier-ignore

/** A stack with one server. */
function stackWith(app: App = testApp(), id = 'test'): { stack: BaseStack; provider: TerraformProvider } {
  const stack = new BaseStack(app, id);
  const servers = ProxmoxServers.of(stack);
  servers.addServers([server('pve1')]);
  return { stack, provider: servers.provider('pve1') };
}

test('defaults: state beside the project, at a path that is the same on every machine', () => {
  const json = render(new BaseStack(testApp(), 'test'));

  expect(json.terraform['backend']).toEqual({ local: { path: '../../../state/test.tfstate' } });
});

describe('addresses', () => {
  const names = (json: Rendered): string[] =>
    Object.entries(json.resource).flatMap(([type, made]) =>
      Object.keys(made).map((name) => `${type}.${name}`),
    );

  test('of a cluster do not depend on where it stands', () => {
    const build = (nest: (stack: BaseStack) => Construct): Rendered => {
      const stack = new BaseStack(testApp(), 'home');
      new TalosCluster(
        nest(stack),
        'home',
        clusterProps({ resourcePool: { id: 'p', create: true }, postApply: { command: 'true' } }),
      );
      return render(stack);
    };
    const flat = build((stack) => stack);
    const nested = build((stack) => new Construct(new Construct(stack, 'site'), 'team'));

    expect(names(flat).sort()).toEqual([
      'null_resource.post_apply',
      'proxmox_virtual_environment_pool.p_pve1',
      'proxmox_virtual_environment_vm.cp-1',
      'proxmox_virtual_environment_vm.w-1',
    ]);
    expect(nested).toEqual(flat);
  });

  test('of own constructs are their path, without hash', () => {
    const { stack, provider } = stackWith();
    const scope = new Construct(stack, 'team a');
    new VirtualEnvironmentPool(scope, 'Resource', { provider, poolId: 'a' });
    new VirtualEnvironmentPool(stack, '1st', { provider, poolId: 'b' });
    new VirtualEnvironmentPool(new AddressScope(scope, 'hidden'), 'c.d', { provider, poolId: 'c' });
    new TerraformOutput(scope, 'out', { value: 1 });
    const json = render(stack);

    expect(Object.keys(resources(json, POOL)).sort()).toEqual(['_1st', 'c_d', 'team_a']);
    expect(json.output).toEqual({ team_a_out: { value: 1 } });
  });

  test('name references in the same way', () => {
    const { stack, provider } = stackWith();
    const pool = new VirtualEnvironmentPool(new Construct(stack, 'team'), '1st', { provider, poolId: 'a' });
    new TerraformOutput(stack, 'pool', { value: pool.poolId });

    expect(render(stack).output['pool']).toEqual({
      value: '${proxmox_virtual_environment_pool.team_1st.pool_id}',
    });
  });
});

describe('two elements of one address', () => {
  const same = (first: string, second: string, address: string): string =>
    `${first} and ${second} have the same address ${address}, so one would vanish; give one of them another id`;

  test('are an error that names both', () => {
    const { stack, provider } = stackWith();
    new VirtualEnvironmentPool(new Construct(stack, 'a'), 'b', { provider, poolId: '1' });
    new VirtualEnvironmentPool(stack, 'a_b', { provider, poolId: '2' });

    expect(problems(stack)).toEqual([same('test/a/b', 'test/a_b', 'proxmox_virtual_environment_pool.a_b')]);
  });

  test.each<[string, string, (scope: Construct, id: string) => void]>([
    ['data sources', 'data.proxmox_virtual_environment_nodes.a_b', (scope, id) => {
      new DataProxmoxVirtualEnvironmentNodes(scope, id, { provider: ProxmoxServers.of(scope).provider('pve1') });
    }],
    ['outputs', 'output.a_b', (scope, id) => {
new TerraformOutput(scope, id, { value: 1 });
}],
    ['variables', 'var.a_b', (scope, id) => {
new TerraformVariable(scope, id, {});
}],
    ['locals', 'local.a_b', (scope, id) => {
new TerraformLocal(scope, id, 1);
}],
    ['modules', 'module.a_b', (scope, id) => {
new TerraformHclModule(scope, id, { source: 'example/m/null' });
}],
  ])('are found among %s', (_what, address, make) => {
    const { stack } = stackWith();
    make(stack, 'a.b');
    make(stack, 'a b');

    expect(problems(stack)).toEqual([same('test/a.b', 'test/a b', address)]);
  }); // prettier-ignore

  test('are no problem with different types, or in a stack inside the stack', () => {
    const { stack, provider } = stackWith();
    new VirtualEnvironmentPool(stack, 'a', { provider, poolId: '1' });
    new TerraformOutput(stack, 'a-out', { value: 1 }).overrideLogicalId('a');
    const inner = new BaseStack(stack, 'inner');
    ProxmoxServers.of(inner).addServers([server('pve1')]);
    new VirtualEnvironmentPool(inner, 'a', {
      provider: ProxmoxServers.of(inner).provider('pve1'),
      poolId: '1',
    });

    expect(problems(stack)).toEqual([]);
    expect(Object.keys(resources(render(stack), POOL))).toEqual(['a']);
  });

  test('leave no file behind', () => {
    const app = testApp();
    const { stack, provider } = stackWith(app);
    new VirtualEnvironmentPool(stack, 'a.b', { provider, poolId: '1' });
    new VirtualEnvironmentPool(stack, 'a b', { provider, poolId: '2' });

    expect(() => app.synth()).toThrow('[test] test/a.b and test/a b have the same address');
    expectNothingWritten(app);
  });
});

function expectNothingWritten(app: App): void {
  expect(existsSync(join(app.outdir, 'manifest.json'))).toBe(false);
  const folder = join(app.outdir, 'stacks');
  expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
}

/** Trees that cdktf would synthesize without a word. */
const MISTAKES: [string, (stack: BaseStack, provider: TerraformProvider) => void, string[]][] = [
  [
    'a resource without provider',
    (stack) => {
      new VirtualEnvironmentPool(stack, 'pool', { poolId: 'a' });
    },
    ['test/pool has no provider, so it would go to no server; pass the provider of its server'],
  ],
  [
    'a data source without provider',
    (stack) => {
      new DataProxmoxVirtualEnvironmentNodes(stack, 'nodes', {});
    },
    ['test/nodes has no provider, so it would go to no server; pass the provider of its server'],
  ],
  [
    'a resource with the provider of another stack',
    (stack) => {
      const other = stackWith(App.of(stack), 'other').provider;
      new VirtualEnvironmentPool(stack, 'pool', { provider: other, poolId: 'a' });
    },
    ['test/pool has the provider of stack "other"; pass one of its own stack'],
  ],
  [
    'a resource on a node that its provider does not reach',
    (stack) => {
      ProxmoxServers.of(stack).addServers([server('pve2'), server('pve3')]);
      const provider = ProxmoxServers.of(stack).provider('pve2');
      const file = { provider, datastoreId: 'local', contentType: 'iso', url: 'https://x.example/a.iso' };
      new DownloadFile(stack, 'file', { ...file, nodeName: 'pve3' });
      new DownloadFile(stack, 'right', { ...file, nodeName: 'pve2' });
    },
    ['test/file is on node "pve3", but provider proxmox.pve2 reaches pve2; pass the provider of its server'],
  ],
  [
    'a provider without alias',
    (stack) => {
      new ProxmoxProvider(stack, 'mine', { endpoint: 'https://x.example:8006/' });
    },
    ['test/mine is a proxmox provider without alias; give it the alias of its server'],
  ],
  [
    'an alias twice',
    (stack) => {
      new ProxmoxProvider(stack, 'mine', { alias: 'pve1' });
    },
    ['test/proxmox-servers/proxmox_pve1 and test/mine share the alias "pve1"; rename one'],
  ],
  [
    'a literal API token',
    (stack) => {
      new ProxmoxProvider(stack, 'mine', { alias: 'mine', apiToken: 'me@pve!x=not-a-real-token' });
    },
    ['test/mine has its API token as literal text; use a sensitive TerraformVariable'],
  ],
  [
    'a literal password',
    (stack) => {
      new ProxmoxProvider(stack, 'mine', {
        alias: 'mine',
        username: 'root@pam',
        password: 'not-a-real-one',
      });
    },
    ['test/mine has its password as literal text; use a sensitive TerraformVariable'],
  ],
  [
    'several mistakes',
    (stack) => {
      new VirtualEnvironmentPool(stack, 'pool', { poolId: 'a' });
      new ProxmoxProvider(stack, 'mine', { apiToken: 'me@pve!x=not-a-real-token' });
    },
    [
      'test/pool has no provider, so it would go to no server; pass the provider of its server',
      'test/mine is a proxmox provider without alias; give it the alias of its server',
      'test/mine has its API token as literal text; use a sensitive TerraformVariable',
    ],
  ],
];

describe.each(MISTAKES)('%s', (_what, make, texts) => {
  test('is an error of exactly this text', () => {
    const { stack, provider } = stackWith();
    make(stack, provider);

    expect(problems(stack)).toEqual(texts);
  });

  test('leaves no file behind', () => {
    const app = testApp();
    const { stack, provider } = stackWith(app);
    make(stack, provider);

    expect(() => app.synth()).toThrow(texts.map((text) => `[test] ${text}`).join('\n  '));
    expectNothingWritten(app);
  });
});

test('a correct tree has no problem: own constructs with a provider, a token from a variable, members of one cluster', () => {
  const { stack, provider } = stackWith();
  const token = new TerraformVariable(stack, 'token', { type: 'string', sensitive: true });
  new ProxmoxProvider(stack, 'mine', { alias: 'mine', apiToken: token.stringValue });
  const site = { site: 'cluster dc', siteName: 'dc' };
  new VirtualEnvironmentPool(stack, 'pool', { provider, poolId: 'a' });
  ProxmoxServers.of(stack).addServers([server('dc-a', site), server('dc-b', site)]);
  new DownloadFile(stack, 'file', {
    provider: ProxmoxServers.of(stack).provider('dc-a'),
    nodeName: 'dc-b',
    datastoreId: 'local',
    contentType: 'iso',
    url: 'https://x.example/a.iso',
  });

  expect(problems(stack)).toEqual([]);
});

test('a VM that a transform moves to another node is found', () => {
  const stack = new BaseStack(testApp(), 'home');
  const transform = <T extends object>(config: T): T => ({ ...config, nodeName: 'pve9' });
  new TalosCluster(stack, 'cluster', { ...clusterProps({ workers: [] }), transforms: { vm: transform } });

  const text = 'is on node "pve9", but provider proxmox.pve1 reaches pve1; pass the provider of its server';
  expect(problems(stack)).toEqual([`home/cluster/nodes/cp-1/Resource ${text}`]);
});

describe('a plain TerraformStack', () => {
  const inBoth = (id: string, props: TalosClusterInput): Rendered[] =>
    [TerraformStack, BaseStack].map((Stack) => {
      const stack = new Stack(testApp(), id);
      const plain = new Construct(stack, 'a-construct-of-the-user');
      new TalosCluster(plain, 'cluster', props);
      return render(stack);
    });

  test.each(['datacenter', 'gpu', 'home', 'single', 'storage'])(
    'has what %s has in one of ours, at the same addresses',
    async (name) => {
      const { clusters } = await loadDefinitions(`clusters/${name}.yaml`);
      const [checked] = clusters as [CheckedCluster];
      const [plain, ours] = inBoth(name, checked);
      expect(plain).toEqual(ours);
    },
  );

  test('says what was moved, and what exists already', () => {
    const server = { ...serverProps('pve1'), renamedFrom: 'old' };
    const workers = [
      { name: 'w-1', proxmoxServer: 'pve1', adopted: true, uuid: '11111111-1111-4111-8111-111111111111' },
    ];
    const [plain, ours] = inBoth(
      'home',
      clusterProps({ proxmoxServers: { pve1: server }, workers, resourcePool: { id: 'p', create: true } }),
    );
    expect(plain).toEqual(ours);
    expect(plain).toMatchObject({ moved: expect.any(Array) as object, import: [{ to: `${VM}.w-1` }] });
  });

  test('is checked for what cdktf lets pass', () => {
    const stack = new TerraformStack(testApp(), 'home');
    new TalosCluster(stack, 'cluster', clusterProps());
    const pool = { provider: ProxmoxServers.of(stack).provider('pve1'), poolId: 'a' };
    new VirtualEnvironmentPool(stack, 'a', pool).overrideLogicalId('same');
    new VirtualEnvironmentPool(stack, 'b', pool).overrideLogicalId('same');
    expect(problems(stack)).toEqual([expect.stringContaining('have the same address')]);
  });
});

test('writes the same bytes at every synthesis', () => {
  const synth = (): string => {
    const app = testApp();
    new TalosCluster(new BaseStack(app, 'home'), 'home', clusterProps());
    app.synth();
    return readFileSync(join(app.outdir, 'stacks/home/cdk.tf.json'), 'utf8');
  };

  expect(JSON.parse(synth())).toHaveProperty(['resource', VM, 'cp-1']);
  expect(synth()).toBe(synth());
});

import { join } from 'node:path';
import {
  DefaultTokenResolver, Fn, Lazy, LocalBackend, StringConcat, TerraformCount, TerraformHclModule, TerraformIterator,
  TerraformLocal, TerraformOutput, TerraformStack, TerraformVariable, Token, Tokenization, type App,
} from 'cdktf'; // prettier-ignore
import { Construct } from 'constructs';
import { Resource } from '@cdktf/provider-null/lib/resource';
import fc from 'fast-check';
import { DataProxmoxVirtualEnvironmentNodes } from '../../../.gen/providers/proxmox/data-proxmox-virtual-environment-nodes';
import { VirtualEnvironmentPool } from '../../../.gen/providers/proxmox/virtual-environment-pool';
import { VirtualEnvironmentVm } from '../../../.gen/providers/proxmox/virtual-environment-vm';
import { BaseStack, ClusterStack, TalosCluster } from '../../../constructs';
import { ProxmoxServers } from '../../../constructs/proxmox/proxmox-servers';
import { resolveValue } from '../../../constructs/stacks/render';
import { loadDefinitions } from '../../../model/load/load';
import { clusterProps, server, testApp } from '../../testing/synth';

/** What cdktf itself would render. */
const original = (stack: TerraformStack): unknown => TerraformStack.prototype.toTerraform.call(stack);

test.each(['datacenter', 'gpu', 'home', 'single', 'storage'])(
  'renders clusters/%s.yaml as cdktf does',
  async (name) => {
    const { clusters } = await loadDefinitions(join(__dirname, '../../../clusters', `${name}.yaml`));
    const [checked] = clusters;
    if (!checked) throw new Error(`${name} has errors`);
    const stack = new ClusterStack(testApp(), name, checked);
    stack.prepareStack();

    const rendered = stack.toTerraform();
    expect(rendered).toHaveProperty('resource.proxmox_virtual_environment_vm');
    expect(rendered).toStrictEqual(original(stack));
  },
);

/** A cluster with constructs of a user around it, with tokens of every kind. */
function mixedStack(app: App): BaseStack {
  const stack = new BaseStack(app, 'mixed');
  const cluster = new TalosCluster(
    stack,
    'home',
    clusterProps({ postApply: { command: 'echo "${x}" %{y}' } }),
  );
  const provider = ProxmoxServers.of(stack).provider('pve1');
  const vm = cluster.vm('w-1').resource;
  const text = new TerraformVariable(stack, 'text', { type: 'string', default: 'a "quoted"\n${escaped}' });
  const list = new TerraformVariable(stack, 'list', { type: 'list(string)', nullable: false });
  const number = new TerraformVariable(stack, 'number', { type: 'number', sensitive: true });
  const map = new TerraformVariable(stack, 'map', { type: 'map(string)' });
  const local = new TerraformLocal(stack, 'local', {
    a: [text.stringValue, { b: number.numberValue }],
    c: vm.id,
  });
  const nodes = new DataProxmoxVirtualEnvironmentNodes(stack, 'nodes', { provider });
  const iterator = TerraformIterator.fromList(list.listValue);

  new VirtualEnvironmentPool(new Construct(stack, 'team'), 'pool', {
    provider,
    poolId: `p-${text.stringValue}-${Fn.join(',', list.listValue)}`,
    comment: '${"a ${nested} b"} %{if true}x%{endif} $${no} \\ "q" }',
    count: TerraformCount.of(number.numberValue),
    lifecycle: {
      ignoreChanges: 'all',
      precondition: [{ condition: '${var.number > 0}', errorMessage: 'no' }],
    },
    dependsOn: [vm, nodes],
  });
  const other = new VirtualEnvironmentVm(stack, 'other', {
    provider,
    nodeName: Token.asString(Fn.element(nodes.names, 0)),
    vmId: Token.asNumber(Fn.max([number.numberValue, vm.vmId, 5000])),
    name: Lazy.stringValue({ produce: () => `lazy-${text.stringValue}` }),
    tags: list.listValue,
    cpu: { cores: number.numberValue, type: Token.asString(Fn.lookup(map.value, 'cpu', 'host')) },
    memory: { dedicated: vm.memory.dedicated },
    networkDevice: [
      { macAddress: vm.networkDevice.get(0).macAddress, bridge: Token.asString(Token.nullValue()) },
    ],
    disk: iterator.dynamic({ interface: iterator.value as string, size: 1 }),
  });
  other.addOverride('cpu.flags', ['+aes', text.stringValue]);
  other.addOverride('startup', null);
  other.addOverride('lifecycle.ignore_changes', ['${path.module}']);
  new Resource(stack, 'each', {
    forEach: iterator,
    triggers: {
      key: iterator.value as string,
      all: Fn.jsonencode({ nested: { list: list.listValue, n: number.numberValue } }),
    },
    provisioners: [{ type: 'local-exec', command: `echo ${vm.name} '\${self.id}'` }],
  });
  new TerraformHclModule(stack, 'module', {
    source: 'example/m/null',
    variables: { map: Token.asAnyMap(map.value), deep: { x: [local.expression] } },
  });

  new TerraformOutput(stack, 'references', {
    value: {
      vm,
      name: other.name,
      list: list.listValue,
      map: Token.asStringMap(map.value),
      n: [number.numberValue, 1.5, -0],
    },
    description: 'all %{kinds}',
    dependsOn: [vm],
    sensitive: true,
  });
  new TerraformOutput(stack, 'numbers', { value: Token.asNumberList(Fn.range(1, 3)) });
  new TerraformOutput(new Construct(stack, 'team2'), 'splat', {
    value: `\${${nodes.fqn}.names[*]}`,
    staticId: true,
  });
  new TerraformOutput(stack, 'odd', {
    value: ['', '#{', '1.5e+289', ' String Map', '}', '$', -1, 1e21, true, [], {}],
  });

  stack.addOverride('moved', [{ from: 'null_resource.old', to: 'null_resource.each' }]);
  stack.addOverride('terraform.required_version', '>= 1.9');
  stack.addOverride('terraform.backend.local.workspace_dir', text.stringValue);
  stack.addOverride('//.owner', 'me');
  stack.addOverride('resource.null_resource.each.triggers.more', null);
  return stack;
}

test('renders tokens of every kind, overrides and nulls as cdktf does', () => {
  const stack = mixedStack(testApp());
  stack.prepareStack();

  const rendered = stack.toTerraform();
  expect(rendered).toStrictEqual(original(stack));
  expect(rendered).toMatchObject({
    '//': {
      owner: 'me',
      metadata: { stackName: 'mixed', overrides: { stack: ['moved', 'terraform', '//', 'resource'] } },
    },
    moved: [{ from: 'null_resource.old', to: 'null_resource.each' }],
    resource: {
      proxmox_virtual_environment_vm: { other: { tags: '${var.list}', cpu: { cores: '${var.number}' } } },
    },
    output: { odd: { value: ['', '#{', '1.5e+289', ' String Map', '}', '$', -1, 1e21, true, [], {}] } },
  });
  expect(JSON.stringify(rendered)).not.toContain('TfToken');
});

test('prepares cross-stack references as cdktf does', () => {
  const build = (prepare: (stack: BaseStack) => void): unknown[] => {
    const app = testApp();
    const [producer, consumer] = ['a', 'b'].map((id) => new BaseStack(app, id)) as [BaseStack, BaseStack];
    for (const stack of [producer, consumer]) new LocalBackend(stack, { path: `/state/${stack.node.id}` });
    ProxmoxServers.of(producer).addServers([server('pve1')]);
    const provider = ProxmoxServers.of(producer).provider('pve1');
    const pool = new VirtualEnvironmentPool(producer, 'pool', { provider, poolId: 'p' });
    new TerraformOutput(consumer, 'id', { value: [{ deep: `pool ${pool.id}` }] });
    for (const stack of [producer, consumer]) prepare(stack);
    return [producer, consumer].map((stack) => stack.toTerraform());
  };

  const ours = build((stack) => stack.prepareStack());
  expect(ours).toEqual(build((stack) => TerraformStack.prototype.prepareStack.call(stack)));
  expect(ours[1]).toHaveProperty('data.terraform_remote_state');
});

test('leaves stacks inside a stack out, as cdktf does', () => {
  const stack = new BaseStack(testApp(), 'outer');
  new TerraformOutput(new BaseStack(stack, 'inner'), 'hidden', { value: 1 });
  new TerraformOutput(stack, 'shown', { value: 1 });
  stack.prepareStack();

  expect(stack.toTerraform()).toStrictEqual(original(stack));
  expect(stack.toTerraform()).toMatchObject({ output: { shown: { value: 1 } } });
  expect(stack.toTerraform()).not.toHaveProperty('output.hidden');
});

describe('resolveValue is Tokenization.resolve', () => {
  const scope = new BaseStack(testApp(), 'scope');
  const variable = new TerraformVariable(scope, 'v', {});
  const resolver = new DefaultTokenResolver(new StringConcat());

  /** The result; of an error only that there is one, because cdktf puts the path into its text. */
  function outcome(resolve: () => unknown): unknown {
    try {
      return { value: resolve() };
    } catch {
      return 'throws';
    }
  }
  const ours = (value: unknown): unknown =>
    [true, false].map((preparing) => outcome(() => resolveValue(scope, value, preparing)));
  const theirs = (value: unknown): unknown =>
    [true, false].map((preparing) =>
      outcome((): unknown => Tokenization.resolve(value, { scope, resolver, preparing })),
    );

  const tokens: unknown[] = [
    variable.stringValue, variable.numberValue, variable.listValue, variable.value, Token.nullValue(),
    Token.asNumberList(variable.value), Token.asStringMap(variable.value), Token.asNumberMap(variable.value),
    Token.asAnyMap(variable.value), Fn.join('-', variable.listValue), Lazy.anyValue({ produce: () => [undefined, { a: null }] }),
    `a ${variable.stringValue} \${b} ${variable.numberValue}`, variable.listValue[0], `:${variable.numberValue}`,
    { [variable.stringValue]: 1 }, Object.values(Token.asNumberMap(variable.value))[0], Object.values(Token.asStringMap(variable.value))[0],
  ]; // prettier-ignore
  const nasty = [
    '${', '}', '%{', '$${', '%%{', '"', '\n', '\\', '#{', '&{', '${TfToken[', '#{TfToken[', '&{TfToken[', 'TOKEN.1', ']}',
    'e+289', '-1.8881545897087626e+289', 'e+', '1e5', 'BC:24:11', ' ', 'x',
  ]; // prettier-ignore
  const text = fc
    .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ maxLength: 3 })), { maxLength: 5 })
    .map((parts) => parts.join(''));
  const leaf = fc.oneof(
    text,
    fc.integer(),
    fc.double(),
    fc.constantFrom(null, undefined, true, false, -123456789, -1.8881545897087626e289, -5.3e278, 2 ** 60),
    fc.date(),
  );
  const nest = (leaves: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.letrec((tie) => ({
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        leaves,
        fc.array(tie('node'), { maxLength: 4 }),
        fc.dictionary(fc.oneof(text, fc.constantFrom('resolve', 'a', 'b')), tie('node'), { maxKeys: 4 }),
      ),
    })).node;

  test('for plain values and strange strings', () => {
    fc.assert(
      fc.property(nest(leaf), (value) => expect(ours(value)).toStrictEqual(theirs(value))),
      { numRuns: 500 },
    );
  });

  test('for values with tokens anywhere', () => {
    fc.assert(
      fc.property(nest(fc.oneof(leaf, fc.constantFrom(...tokens))), (value) =>
        expect(ours(value)).toStrictEqual(theirs(value)),
      ),
      { numRuns: 500 },
    );
  });

  test.each([
    ['a function', () => 1],
    ['a construct', scope],
    ['a list token beside an item', [...variable.listValue, 'x']],
    ['a list token behind an item', ['x', ...variable.listValue]],
    ['a value with a resolve method', { resolve: () => 'resolved', creationStack: [], toString: () => '' }],
    ['an instance of a class', new (class { a = variable.stringValue; })()], // prettier-ignore
    ['an object without prototype', Object.assign(Object.create(null) as object, { a: [undefined, null] })],
    ['an array with holes', [1, , 2]],
    ['a big integer', 10n],
  ])('for %s', (_what, value) => {
    expect(ours(value)).toStrictEqual(theirs(value));
  });
});

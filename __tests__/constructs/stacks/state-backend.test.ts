import { LocalBackend, S3Backend, TerraformOutput, type TerraformStack } from 'cdktf';
import { Construct } from 'constructs';
import { VirtualEnvironmentPool } from '../../../.gen/providers/proxmox/virtual-environment-pool';
import { BaseStack, ClusterStack, StateBackend, TalosCluster, ValidationError } from '../../../constructs';
import { ProxmoxServers } from '../../../constructs/proxmox/proxmox-servers';
import { BACKEND_TYPES } from '../../../model/cluster/backends/facts';
import { clusterProps, render, renderCluster, testApp, type Block, type Rendered } from '../../testing/synth';

/** Settings with every kind of value, and with keys that a conversion of case would break. */
const CONFIG = {
  use_lockfile: true,
  Max_Retries: 3,
  nothing: null,
  assume_role: { role_arn: 'arn:x' },
  list: ['a', { b_C: 1 }],
};

const metadata = (stack: TerraformStack): unknown =>
  (stack.toTerraform() as { '//': { metadata: Block } })['//'].metadata;

test('defaults: a local file beside the project, relative to where Terraform runs', () => {
  const { backend: _, ...props } = clusterProps();

  expect(render(new ClusterStack(testApp(), 'home', props)).terraform['backend']).toEqual({
    local: { path: '../../../state/home.tfstate' },
  });
});

test.each(BACKEND_TYPES.filter((type) => type !== 'cloud'))('%s has its settings verbatim', (type) => {
  const stack = new BaseStack(testApp(), 'home');
  new StateBackend(stack, { type, config: CONFIG });

  expect(render(stack).terraform).toEqual({ backend: { [type]: CONFIG } });
  expect(metadata(stack)).toMatchObject({ backend: type });
});

test('cloud is a block of its own', () => {
  const stack = new BaseStack(testApp(), 'home');
  new StateBackend(stack, { type: 'cloud', config: { organization: 'o', workspaces: { tags: ['a'] } } });

  expect(render(stack).terraform).toEqual({ cloud: { organization: 'o', workspaces: { tags: ['a'] } } });
  expect(metadata(stack)).toMatchObject({ cloud: 'cloud' });
});

test.each([
  ['s3', { bucket: 'b', key: 'k', use_lockfile: true }],
  ['local', { path: '/srv/home.tfstate' }],
  ['http', {}],
] as const)('%s in a definition', (type, config) => {
  expect(renderCluster({ backend: { type, config } }).terraform['backend']).toEqual({ [type]: config });
});

test.each([
  ['s3', { backend: { s3: { bucket: 'b', region: 'eu-1' } } }],
  ['cloud', { cloud: { bucket: 'b', region: 'eu-1' } }],
])('takes overrides: %s', (type, terraform) => {
  const stack = new BaseStack(testApp(), 'home');
  new StateBackend(stack, { type, config: { bucket: 'b' } }).addOverride('region', 'eu-1');

  expect(render(stack).terraform).toEqual(terraform);
});

test.each<[string, (stack: BaseStack) => Construct]>([
  ['in the stack', (stack) => stack],
  ['below it', (stack) => new Construct(stack, 'nested')],
])('a backend that the stack has already wins: %s', (_where, place) => {
  const stack = new BaseStack(testApp(), 'home');
  new S3Backend(place(stack), { bucket: 'mine', key: 'k' });
  new TalosCluster(stack, 'home', clusterProps());

  expect(render(stack).terraform['backend']).toEqual({ s3: { bucket: 'mine', key: 'k' } });
});

/** An output in stack b with a value of stack a. */
function crossStack(setUp: (producer: BaseStack) => void): { render: () => Rendered } {
  const app = testApp();
  const producer = new BaseStack(app, 'a');
  setUp(producer);
  new TalosCluster(producer, 'a', clusterProps());
  const provider = ProxmoxServers.of(producer).provider('pve1');
  const pool = new VirtualEnvironmentPool(producer, 'pool', { provider, poolId: 'p' });
  const consumer = new BaseStack(app, 'b');
  new TerraformOutput(consumer, 'id', { value: pool.id });
  return { render: () => render(consumer) };
}

test('refuses a reference from another stack', () => {
  const { render: synth } = crossStack(() => undefined);

  const text =
    'a value of stack "a" is used here; stacks share plain TypeScript values, not Terraform references';
  expect(synth).toThrow(ValidationError);
  // The frame is cdktf's.
  expect(synth).toThrow(new Error(`Resolution error: b: ${text}.`));
  expect(synth).toThrow(expect.objectContaining({ problems: text }) as Error);
});

test('leaves references alone where the other stack has a backend of cdktf', () => {
  const json = crossStack((producer) => {
    new LocalBackend(producer, { path: '/state/a' });
  }).render();

  expect(json.data).toHaveProperty('terraform_remote_state');
});

import { TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { ValidationError } from '../../../constructs';
import { ProxmoxServers, type ProviderTransform } from '../../../constructs/proxmox/proxmox-servers';
import { BaseStack } from '../../../constructs/stacks/base-stack';
import type { Server } from '../../../model/cluster/cluster';
import { render, renderCluster, server, serverProps, testApp, type Rendered } from '../../testing/synth';

function servers(
  all: readonly Server[],
  transform?: ProviderTransform,
): { made: ProxmoxServers; json: () => Rendered } {
  const stack = new BaseStack(testApp(), 'test');
  const made = ProxmoxServers.of(stack);
  made.addServers(all, transform);
  return { made, json: () => render(stack) };
}

test('defaults', () => {
  const json = servers([server('pve1')]).json();

  expect(json.provider['proxmox']).toEqual([
    {
      alias: 'pve1',
      endpoint: 'https://pve1.example.com:8006/',
      api_token: '${var.proxmox_pve1_api_token}',
      insecure: false,
      min_tls: '1.3',
    },
  ]);
  expect(json.variable).toEqual({
    proxmox_pve1_api_token: {
      type: 'string',
      sensitive: true,
      description: 'API token of Proxmox server pve1: user@realm!tokenid=secret',
      validation: [
        {
          condition: '${can(regex("^\\\\S+@\\\\S+!\\\\S+=[a-zA-Z0-9-]+$", var.proxmox_pve1_api_token))}',
          error_message: 'Expected the whole API token, user@realm!tokenid=secret.',
        },
      ],
    },
  });
});

test('takes TLS settings from the server', () => {
  const [provider] =
    servers([server('pve1', { insecure: true, minTls: '1.2' })]).json().provider['proxmox'] ?? [];

  expect(provider).toMatchObject({ insecure: true, min_tls: '1.2' });
});

test('are sorted by key, whatever the order, and each has its alias and its token', () => {
  const json = servers([server('pve2'), server('pve10'), server('pve1')]).json();

  const provider = json.provider['proxmox'] ?? [];
  expect(provider.map(({ alias }) => alias)).toEqual(['pve1', 'pve10', 'pve2']);
  expect(provider.map(({ api_token }) => api_token)).toEqual([
    '${var.proxmox_pve1_api_token}',
    '${var.proxmox_pve10_api_token}',
    '${var.proxmox_pve2_api_token}',
  ]);
});

test('have names that Terraform and a shell can read, whatever the key', () => {
  const json = servers([server('pve-1'), server('1st')]).json();

  expect(Object.keys(json.variable).sort()).toEqual(['proxmox_1st_api_token', 'proxmox_pve_1_api_token']);
  expect(json.provider['proxmox']?.map(({ alias }) => alias)).toEqual(['_1st', 'pve-1']);
});

test('checks at plan that a token has the id of the definition', () => {
  const variable = servers([server('pve1', { tokenId: 'terraform@pve!talos' })]).json().variable[
    'proxmox_pve1_api_token'
  ];

  expect((variable?.['validation'] as object[])[1]).toEqual({
    condition: '${startswith(var.proxmox_pve1_api_token, "terraform@pve!talos=")}',
    error_message:
      'Expected the token with the id terraform@pve!talos, as the definition of server pve1 says.',
  });
});

test('exist for servers without nodes too: they may have had some', () => {
  const json = renderCluster({
    proxmoxServers: { pve2: serverProps('pve2'), idle: serverProps('idle'), pve1: serverProps('pve1') },
    workers: [{ name: 'w-1', proxmoxServer: 'pve2' }],
  });

  expect(json.provider['proxmox']?.map(({ alias }) => alias)).toEqual(['idle', 'pve1', 'pve2']);
  expect(Object.keys(json.variable)).toContain('proxmox_idle_api_token');
});

test('are one registry per stack, however deep a construct stands', () => {
  const stack = new BaseStack(testApp(), 'test');

  expect(ProxmoxServers.of(new Construct(new Construct(stack, 'a'), 'b'))).toBe(ProxmoxServers.of(stack));
});

test('gives the provider of a server, or names the known ones', () => {
  const { made } = servers([server('pve2'), server('pve1')]);

  expect(made.provider('pve2').alias).toBe('pve2');
  expect(() => made.provider('pve3')).toThrow(
    new ValidationError('no server "pve3"; known: pve1, pve2', made),
  );
  expect(() => made.provider('pve3')).toThrow('test/proxmox-servers: no server "pve3"; known: pve1, pve2');
  expect(() => servers([]).made.provider('pve1')).toThrow('no server "pve1"; known: none');
});

test('adds the same server once', () => {
  const { made, json } = servers([server('pve1')]);

  made.addServers([server('pve1'), server('pve2')]);

  expect(json().provider['proxmox']?.map(({ alias }) => alias)).toEqual(['pve1', 'pve2']);
});

test.each([
  [
    { endpoint: 'https://other.example.com:8006/' },
    'server "pve1" is https://pve1.example.com:8006/ (pve1) and also https://other.example.com:8006/ (pve1); rename one',
  ],
  [
    { nodeName: 'minipc' },
    'server "pve1" is https://pve1.example.com:8006/ (pve1) and also https://pve1.example.com:8006/ (minipc); rename one',
  ],
])('refuses another server of the same key: %j', (changes, text) => {
  const { made } = servers([server('pve1')]);

  expect(() => made.addServers([server('pve1', changes)])).toThrow(new ValidationError(text, made));
});

test('applies the transform last', () => {
  const { json } = servers([server('pve1')], (config, { nodeName }) => ({
    ...config,
    tmpDir: `/var/tmp/${nodeName}`,
  }));

  expect(json().provider['proxmox']).toMatchObject([{ alias: 'pve1', tmp_dir: '/var/tmp/pve1' }]);
});

test('keeps a variable that a transform puts in the place of its own', () => {
  const stack = new BaseStack(testApp(), 'test');
  const token = new TerraformVariable(stack, 'my_token', { type: 'string', sensitive: true });
  ProxmoxServers.of(stack).addServers([server('pve1')], (config) => ({
    ...config,
    apiToken: token.stringValue,
  }));

  expect(render(stack).provider['proxmox']).toMatchObject([{ api_token: '${var.my_token}' }]);
});

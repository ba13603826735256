import { backendFacts } from '../cluster/backends/facts';
import type { ClusterDraft } from '../cluster/definition/draft';
import type { Management } from '../cluster/management';
import type { Path } from '../diagnostics/source';
import { withoutReferences } from '../cluster/secret-references';
import { tokenVariable } from '../cluster/variables';
import { hasInlineSecret, isConfigSecret, hasTokenQuery, hasUserInfo, secretsIn } from './lib/secrets';
import { leaves } from '../talos/written-patches';
import { clusterRule, error, warning, type Finding } from './lib/rule';
import { own } from '../support/json';

export const secretLiteral = clusterRule(
  'secret-literal',
  'A definition holds no secrets: tokens and passwords come from the environment',
  function* (cluster) {
    const { definition } = cluster;
    yield* servers(cluster);
    for (const [name, { url }] of Object.entries(definition.images ?? {})) {
      if (url === undefined || !(hasUserInfo(url) || hasTokenQuery(url))) continue;
      const message =
        'a token or password in the address; name a sensitive variable with url_variable instead, write file_name, and rotate it';
      yield error(['images', name, 'url'], message);
    }
    yield* backend(cluster);
    const endpoint = definition.omni?.endpoint;
    if (endpoint !== undefined && (hasUserInfo(endpoint) || hasTokenQuery(endpoint))) {
      const message =
        'a token or password in the address; write https://HOST alone and rotate it, omnictl has a login of its own';
      yield error(['omni', 'endpoint'], message);
    }
    yield* standalone(cluster);
    yield* machineConfig(cluster);
    if (hasInlineSecret(definition.post_apply?.command ?? '')) {
      const message =
        'a secret in plain text; take it from an environment variable, e.g. "$OMNI_SERVICE_ACCOUNT_KEY", and rotate it';
      yield error(['post_apply', 'command'], message);
    }
  },
);

function* standalone({ definition }: ClusterDraft): Generator<Finding> {
  for (const key of ['endpoint', 'installer'] as const) {
    const address = definition.standalone?.[key];
    if (address === undefined || !(hasUserInfo(address) || hasTokenQuery(address))) continue;
    yield error(['standalone', key], IN_ADDRESS);
  }
  for (const [host, { endpoints = [] }] of Object.entries(definition.standalone?.registry_mirrors ?? {}))
    for (const [i, url] of endpoints.entries())
      if (hasUserInfo(url) || hasTokenQuery(url))
        yield error(['standalone', 'registry_mirrors', host, 'endpoints', i], IN_MIRROR);
  for (const [host, { password = '' }] of Object.entries(definition.standalone?.registry_logins ?? {}))
    if (withoutReferences(password) !== '')
      yield error(
        ['standalone', 'registry_logins', host, 'password'],
        `a password in plain text; ${REFERENCE} and rotate it`,
      );
}

const IN_ADDRESS = 'a token or password in the address, which every node would get; remove it and rotate it';

const IN_MIRROR =
  'a token or password in the address; write it into standalone.registry_logins, remove it here and rotate it';

function* servers({ definition, source, ...cluster }: ClusterDraft): Generator<Finding> {
  for (const { key, path } of cluster.servers) {
    const { api_url: url, api_token_secret: secret } = definition.proxmox_servers?.[key] ?? {};
    const variable = `TF_VAR_${tokenVariable(key)}`;
    if (secret !== undefined) {
      const at = [...path, 'api_token_secret'];
      const rotate = secret === '' ? '' : ' and rotate it';
      if (source.starter) {
        yield warning(at, `not used; set ${variable} to user@realm!tokenid=secret, remove it here${rotate}`);
      } else {
        yield error(
          at,
          `a definition holds no secrets; set ${variable} to user@realm!tokenid=secret, remove it here${rotate}`,
        );
      }
    }
    if (url !== undefined && (hasUserInfo(url) || hasTokenQuery(url))) {
      const message = `a password or token in the address; remove it, set ${variable} instead and rotate it`;
      yield error([...path, 'api_url'], message);
    }
  }
}

function* backend({ definition }: ClusterDraft): Generator<Finding> {
  const { type, config } = definition.backend ?? {};
  const facts = type === undefined ? undefined : backendFacts(type);
  for (const path of secretsIn(config, ['backend', 'config'])) {
    const key = String(path[path.length - 1]);
    const variables = own(facts?.secrets, key) ?? facts?.credentials ?? 'its environment variables';
    yield error(path, `a secret in plain text; set ${variables} instead, remove it here and rotate it`);
  }
}

/** Templates and their patches are for review and lie in a repository. */
function* machineConfig({ settings, management }: ClusterDraft): Generator<Finding> {
  for (const { path, values } of settings) {
    for (const key of ['patches', 'kernel_args'] as const) {
      for (const leaf of leaves(values[key] ?? [], [...path, key])) {
        if (isLabelKey(leaf.path) || !isConfigSecret(String(leaf.path.at(-1)), leaf.value)) continue;
        yield error(leaf.path, `a secret in plain text; ${insteadOf(management.kind, key)} and rotate it`);
      }
    }
  }
}

const REFERENCE = 'write ${secret:NAME} in its place, set TF_VAR_NAME in the environment or a SOPS file,';

const insteadOf = (management: Management['kind'], key: 'patches' | 'kernel_args'): string =>
  management === 'omni'
    ? 'put it into Omni by other means, such as a patch that only Omni holds, remove it here'
    : management === 'standalone' && key === 'patches'
      ? REFERENCE
      : 'remove it here';

/** `key` of a taint, a toleration or a label selector is the name of a label. */
const isLabelKey = (path: Path): boolean =>
  path.at(-1) === 'key' &&
  path.some((part) => /taints$|tolerations$|^match(?:Expressions|Fields)$/i.test(String(part)));

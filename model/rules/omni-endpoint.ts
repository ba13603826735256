import { withoutSecrets } from './lib/image-names';
import { hasTokenQuery, hasUserInfo } from './lib/secrets';
import { clusterRule, error } from './lib/rule';

export const omniEndpoint = clusterRule(
  'omni-endpoint',
  'The endpoint of Omni is an https address without path',
  function* ({ definition }) {
    const endpoint = definition.omni?.endpoint;
    if (endpoint === undefined || /^https:\/\/[^\s/@?#]+\/?$/.test(endpoint)) return;
    // That is worse, and told by `secret-literal`.
    if (hasUserInfo(endpoint) || hasTokenQuery(endpoint)) return;
    const host =
      /^(?:[a-z]+:\/\/)?(?:[^\s/@]*@)?([A-Za-z0-9.-]+(?::\d+)?|\[[0-9a-fA-F:]+\](?::\d+)?)(?:[/?#]|$)/.exec(
        endpoint,
      )?.[1];
    const repair = host ? `write https://${host}` : 'write it like https://omni.example.com';
    yield error(
      ['omni', 'endpoint'],
      `"${withoutSecrets(endpoint)}" is not an https address of a host alone; ${repair}`,
    );
  },
);

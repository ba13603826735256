import type { ServerDraft } from '../cluster/definition/draft';
import { parseAddress } from '../support/net';
import { parseEndpoint } from '../cluster/resolve/servers';
import { withoutSecrets } from './lib/image-names';
import { hasTokenQuery, hasUserInfo } from './lib/secrets';
import { clusterRule, error, warning, type Finding } from './lib/rule';

export const endpointForm = clusterRule(
  'endpoint-form',
  'API addresses are https with host and port, without a path, and each server is there once',
  function* ({ definition, servers, source }) {
    const owners = new Map<string, ServerDraft>();
    for (const server of servers) {
      const url = definition.proxmox_servers?.[server.key]?.api_url;
      if (url === undefined || hasUserInfo(url) || hasTokenQuery(url)) continue;
      const path = [...server.path, 'api_url'];
      const problem = urlProblem(url);
      if (problem !== undefined) {
        yield error(path, problem);
        continue;
      }
      yield* pathFinding(url, server, source.starter);
      const id = `${server.site}\n${server.nodeName}`;
      const owner = owners.get(id);
      if (owner && server.nodeName !== '') {
        const message = `"${server.key}" and "${owner.key}" are the same server, ${server.nodeName}; keep one of the two keys`;
        yield { ...warning(server.path, message), atKey: true };
      }
      owners.set(id, owner ?? server);
    }
  },
);

/** What is wrong with an API address and what to write; `undefined` if nothing. */
function urlProblem(text: string): string | undefined {
  const url = withoutSecrets(text);
  const [, scheme = '', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(text.trim()) ?? [];
  const authority = rest.split(/[/?#]/)[0] ?? '';
  const { host, port, bare } = splitHost(authority);
  const good = `write https://${host}:${port || 8006}/`;
  const like = 'write it like https://192.168.10.5:8006/';
  if (host === '') return `"${url}" has no host; ${like}`;
  if (!isHost(host)) return `"${host}" is not a host name or an address; ${like}`;
  if (scheme === '') return `"${url}" does not start with https://; ${good}`;
  if (scheme.toLowerCase() !== 'https') return `"${url}" is not https, which the provider needs; ${good}`;
  if (bare) return `"${url}" has an IPv6 address without [ ]; ${good}`;
  if (!port) return `"${url}" has no port; ${good}`;
  if (Number(port) < 1 || Number(port) > 65535) {
    return `port ${port} is outside 1-65535; the one of Proxmox is 8006`;
  }
  return parseEndpoint(text) ? undefined : `"${url}" is not of the form https://HOST:PORT/; ${good}`;
}

/** Host and port; an IPv6 address also where its brackets are missing. */
function splitHost(authority: string): { host: string; port: string; bare: boolean } {
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? [];
  if (host !== '') return { host, port, bare: false };
  const [, address = authority, last = ''] = /^(.*:.*):(\d{4,5})$/.exec(authority) ?? [];
  if (parseAddress(address)?.version === 6) return { host: `[${address}]`, port: last, bare: true };
  return { host: authority, port: '', bare: false };
}

/** A DNS name, or an address; what has only digits and dots must be an address. */
function isHost(host: string): boolean {
  if (host.startsWith('[')) return parseAddress(host.slice(1, -1))?.version === 6;
  if (/^[\d.]+$/.test(host)) return parseAddress(host) !== undefined;
  return host.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/i.test(label));
}

function* pathFinding(url: string, server: ServerDraft, starter: boolean): Generator<Finding> {
  const path = parseEndpoint(url)?.path ?? '/';
  if (path === '/' || (starter && /^\/api2\/json\/?$/.test(path))) return;
  const message = `what comes after the port is dropped by the provider; write ${server.endpoint}`;
  yield warning([...server.path, 'api_url'], message);
}

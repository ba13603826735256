import type { ServerDraft } from '../cluster/definition/draft';
import { error, type Finding } from '../rules/lib/rule';
import { tokenVariable } from '../cluster/variables';
import type { AccessProblem, ServerSnapshot } from '../proxmox/snapshot';

/** A finding with the rule that it belongs to. */
export type AccessFinding = Finding & { readonly rule: string };

const ACCESS = 'live-server-access';

/** Whether a server answers at all, as the provider will ask it: token, connection, certificate. */
export function* accessFindings(
  server: ServerDraft,
  snapshot: ServerSnapshot | undefined,
): Generator<AccessFinding> {
  if (!snapshot) return;
  const { tokenId } = snapshot;
  if (tokenId !== undefined && server.tokenId !== undefined && tokenId !== server.tokenId) {
    const message = `TF_VAR_${tokenVariable(server.key)} holds the token "${tokenId}", not "${server.tokenId}", and terraform plan refuses it; ${exportLine(server)}`;
    yield { ...error([...server.path, 'api_token_id'], message), rule: 'token-format' };
  }
  if (snapshot.problem) yield problemOf(server, snapshot.problem, tokenId ?? '');
  else if (snapshot.caFileNeeded !== undefined) {
    const message = `the provider does not read "${snapshot.caFileNeeded}" by itself and would refuse the certificate; export SSL_CERT_FILE="${absolute(snapshot.caFileNeeded)}"`;
    yield { ...error([...server.path, 'tls_ca_file'], message), rule: ACCESS };
  }
}

const absolute = (file: string): string => (file.startsWith('/') ? file : `$PWD/${file}`);

const exportLine = ({ key, tokenId }: ServerDraft): string =>
  `export TF_VAR_${tokenVariable(key)}='${tokenId ?? 'user@realm!tokenid'}=<secret>'`;

function problemOf(server: ServerDraft, problem: AccessProblem, token: string): AccessFinding {
  const { key, endpoint, path } = server;
  const at = (name: string, message: string, rule = ACCESS): AccessFinding => ({
    ...error([...path, name], message),
    rule,
  });
  switch (problem.kind) {
    case 'no-token':
      return {
        ...error(path, `no API token for "${key}"; ${exportLine(server)}`),
        atKey: true,
        rule: ACCESS,
      };
    case 'malformed-token':
      return {
        ...error(path, `TF_VAR_${tokenVariable(key)} is not an API token; ${exportLine(server)}`),
        atKey: true,
        rule: 'token-format',
      };
    case 'ca-file':
      return at(
        'tls_ca_file',
        `cannot be read (${problem.reason}); copy /etc/pve/pve-root-ca.pem of the server there`,
      );
    case 'unreachable':
      return at(
        'api_url',
        `${endpoint} cannot be reached (${problem.reason}); check address, port and firewall`,
      );
    case 'timeout':
      return at(
        'api_url',
        `${endpoint} did not answer within ${problem.seconds} s; check address and firewall, or raise --timeout`,
      );
    case 'certificate':
      return certificateProblem(server, problem.fault, problem.reason);
    case 'refused':
      return problem.status === 401
        ? at(
            'api_url',
            `"${key}" refuses the token "${token}" (401 ${problem.reason}); create it again with: pveum user token add ${token.replace('!', ' ')} --privsep=0`,
          )
        : at(
            'api_url',
            `${endpoint} answers ${problem.status} ${problem.reason}; look at the log of pveproxy on the server`,
          );
    case 'not-proxmox':
      return at(
        'api_url',
        `${endpoint} is not a Proxmox VE API (${problem.reason}); write the address of a Proxmox VE server`,
      );
  }
}

type CertificateFault = Extract<AccessProblem, { kind: 'certificate' }>['fault'];

function certificateProblem(server: ServerDraft, fault: CertificateFault, reason: string): AccessFinding {
  const { key, path, minTls } = server;
  const finding = (name: string, message: string): AccessFinding => ({
    ...error([...path, name], message),
    rule: ACCESS,
  });
  switch (fault) {
    case 'unknown-authority':
      return finding(
        'api_url',
        `the certificate of "${key}" is not signed by a CA that this computer trusts (${reason}); copy /etc/pve/pve-root-ca.pem of the server, name it as tls_ca_file and export SSL_CERT_FILE with its path`,
      );
    case 'expired':
      return finding(
        'api_url',
        `the certificate of "${key}" has expired; run on the server: pvecm updatecerts --force`,
      );
    case 'other-host':
      return finding(
        'api_url',
        `the certificate of "${key}" is for another name (${reason}); write a name or address that it lists`,
      );
    case 'protocol':
      return finding(
        'tls_min_version',
        `"${key}" does not speak TLS ${minTls} (${reason}); write a lower tls_min_version or update the server`,
      );
    case 'other':
      return finding(
        'api_url',
        `no TLS connection to "${key}" (${reason}); check that the port is that of Proxmox VE, 8006`,
      );
  }
}

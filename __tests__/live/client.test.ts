import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DEFAULT_SECRET, startPve, type Pve } from '../../simulators/pve';
import { makeCertificate } from '../../simulators/pve/server/certificate';
import { doctor } from '../helpers/doctor';
import { temporaryFolder } from '../helpers/terraform';

const TOKEN = { TF_VAR_proxmox_mini_api_token: `terraform@pve!test=${DEFAULT_SECRET}` };

let pve: Pve;
let folder: string;
const servers: HttpsServer[] = [];

beforeAll(async () => {
  folder = temporaryFolder();
  const volumes = [{ name: 'iso/talos-v1.11.5-nocloud-amd64.iso', size: 1e8 }];
  pve = await startPve({
    sites: [
      {
        name: 'mini',
        nodes: [
          {
            name: 'mini',
            storages: [
              { id: 'local', volumes },
              { id: 'local-lvm', type: 'lvmthin' },
            ],
          },
        ],
      },
    ],
  });
  mkdirSync(join(folder, 'certs'));
  writeFileSync(join(folder, 'certs/ca.pem'), pve.certificate);
});

afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await pve.close();
});

/** The smallest example, with another address and other keys of its server. */
function definition(endpoint: string, keys = ''): string {
  const file = join(folder, 'single.yaml');
  const text = readFileSync('clusters/single.yaml', 'utf8');
  writeFileSync(file, text.replace("'https://[fd50::5]:8006/',", `'${endpoint}', ${keys}`));
  return file;
}

/** An HTTPS server that is no Proxmox VE, or a very slow one. */
async function other(answer: 'page' | 'silence', version?: 'TLSv1.2'): Promise<string> {
  const { cert, key } = await makeCertificate();
  const server = createServer({ cert, key, ...(version ? { maxVersion: version } : {}) }, (_, response) => {
    if (answer === 'page') response.writeHead(404).end('<html>');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const problem = async (file: string, env: Record<string, string> = {}, timeout = 10): Promise<string> =>
  (await doctor(file, { ...TOKEN, ...env }, { timeout })).err.replaceAll(
    /127\.0\.0\.1:\d+/g,
    '127.0.0.1:PORT',
  );

describe('a certificate', () => {
  it('that only tls_ca_file makes trusted is told, and everything else is checked all the same', async () => {
    const ca = join(folder, 'certs/ca.pem');
    const { out, err } = await doctor(definition(pve.site('mini').endpoint, `tls_ca_file: ${ca},`), TOKEN);
    expect(err.split(': error')[1]).toBe(
      `[live-server-access] proxmox_servers.mini.tls_ca_file: the provider does not read "${ca}" by itself and would refuse the certificate; export SSL_CERT_FILE="${ca}"\n`,
    );
    expect(out).toBe('single/mini: PVE 9.1.1, node mini, 23 checks passed\n');
  });

  it('whose CA file is not there', async () => {
    expect(await problem(definition(pve.site('mini').endpoint, 'tls_ca_file: certs/none.pem,'))).toMatch(
      /proxmox_servers\.mini\.tls_ca_file: cannot be read \(ENOENT\); copy \/etc\/pve\/pve-root-ca\.pem of the server there\n$/,
    );
  });

  it('is not looked at with tls_insecure', async () => {
    const { code, err } = await doctor(definition(pve.site('mini').endpoint, 'tls_insecure: true,'), TOKEN);
    expect(code).toBe(0);
    expect(err).toMatch(/^single\.yaml:\d+:\d+: warning\[tls-verify-off\].*\n$/);
  });
});

describe('a server that', () => {
  it('speaks an older TLS than tls_min_version', async () => {
    expect(await problem(definition(await other('page', 'TLSv1.2'), 'tls_insecure: true,'))).toMatch(
      /tls_min_version: "mini" does not speak TLS 1\.3 \(ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION\); write a lower tls_min_version or update the server$/m,
    );
  });

  it('is none of Proxmox VE', async () => {
    expect(await problem(definition(await other('page'), 'tls_insecure: true,'))).toMatch(
      /api_url: https:\/\/127\.0\.0\.1:PORT\/ is no Proxmox VE API \(404 Not Found\); write the address of a Proxmox VE server$/m,
    );
  });

  it('does not answer', async () => {
    expect(await problem(definition(await other('silence'), 'tls_insecure: true,'), {}, 1)).toMatch(
      /did not answer within 1 s; check address and firewall, or raise --timeout$/m,
    );
  });
});

describe('the argument', () => {
  it('may be the name of a cluster, and is looked up near it when it is none', async () => {
    const { err } = await doctor('homee', {});
    expect(err).toBe(
      'clusters: error[definition-file] no definition of a cluster "homee"; did you mean "home"?\n',
    );
    expect((await doctor('single', {})).err).toMatch(
      /^single\.yaml:\d+:\d+: error\[live-server-access\] proxmox_servers\.mini: no API token/,
    );
  });
});

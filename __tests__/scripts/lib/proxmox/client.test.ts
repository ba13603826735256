import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DEFAULT_SECRET, startPve, type Pve } from '../../../../simulators/pve';
import { makeCertificate } from '../../../../simulators/pve/server/certificate';
import { doctor } from '../../../testing/doctor';
import { temporaryFolder } from '../../../testing/terraform';

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

type Misbehaviour = 'page' | 'silence' | 'drip' | 'drip-later' | 'flood';

/** An HTTPS server that is no Proxmox VE, or a very slow one, or one that does not end. */
async function other(answer: Misbehaviour, version?: 'TLSv1.2'): Promise<string> {
  const { cert, key } = await makeCertificate();
  const server = createServer(
    { cert, key, ...(version ? { maxVersion: version } : {}) },
    ({ url = '' }, response) => {
      if (answer === 'page') return void response.writeHead(404).end('<html>');
      if (answer === 'silence') return;
      if (answer === 'drip-later' && url.endsWith('/version'))
        return void response.end(JSON.stringify({ data: { version: '9.1.1', release: '9.1', repoid: 'x' } }));
      const piece = answer === 'flood' ? Buffer.alloc(4 * 1024 * 1024, ' ') : '{';
      const timer = setInterval(() => response.write(piece), answer === 'flood' ? 1 : 300);
      response.on('close', () => clearInterval(timer));
    },
  );
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
    expect(out).toBe('single/mini: PVE 9.1.1, node mini, 25 checks passed\n');
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
      /api_url: https:\/\/127\.0\.0\.1:PORT\/ is not a Proxmox VE API \(404 Not Found\); write the address of a Proxmox VE server$/m,
    );
  });

  it('does not answer', async () => {
    expect(await problem(definition(await other('silence'), 'tls_insecure: true,'), {}, 1)).toMatch(
      /did not answer within 1 s; check address and firewall, or raise --timeout$/m,
    );
  });

  it('sends a byte now and then', async () => {
    const from = Date.now();
    expect(await problem(definition(await other('drip'), 'tls_insecure: true,'), {}, 1)).toMatch(
      /did not answer within 1 s; check address and firewall, or raise --timeout$/m,
    );
    expect(Date.now() - from).toBeLessThan(4000);
  });

  it('sends a byte now and then, after a good start', async () => {
    const from = Date.now();
    const file = definition(await other('drip-later'), 'tls_insecure: true,');
    const { out } = await doctor(file, TOKEN, { timeout: 1 });
    expect(out).toMatch(/not checked: .*no answer within 1 s/);
    expect(Date.now() - from).toBeLessThan(6000);
  }, 20_000);

  it('sends without end', async () => {
    expect(await problem(definition(await other('flood'), 'tls_insecure: true,'))).toMatch(
      /cannot be reached \(the answer has more than 32 MB\)/,
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

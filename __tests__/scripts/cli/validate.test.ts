import { join } from 'node:path';
import { main } from '../../../scripts/cli';

const FIXTURES = join(__dirname, '../../fixtures/rules');

async function validate(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  return { code: await main(['validate', ...args], io), out, err };
}

describe('validate', () => {
  it('says what to set before a plan', async () => {
    const { code, out, err } = await validate('clusters/home.yaml');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      'home: 6 nodes on 2 servers, Talos v1.11.5',
      '',
      'Set before terraform plan:',
      "  export TF_VAR_proxmox_pve1_api_token='terraform@pve!talos=<secret>'",
      "  export TF_VAR_proxmox_pve2_api_token='automation@pam!iac=<secret>'",
      '  export SSL_CERT_FILE="$PWD/certs/minipc-ca.pem"',
      '',
    ]);
  });

  it('prints problems on stderr and exits with 1', async () => {
    const { code, out, err } = await validate(join(FIXTURES, 'cpu-type-level/invalid.yaml'));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(
      /invalid\.yaml:10:52: error\[cpu-type-level\] control_planes\[0\]\.cpu_type: "qemu64" is older/,
    );
  });

  it('gives the same as data', async () => {
    const { code, out, err } = await validate(join(FIXTURES, 'cpu-type-level/invalid.yaml'), '--json');
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(JSON.parse(out)).toMatchObject({
      format_version: 1,
      clusters: [],
      diagnostics: [
        {
          line: 10,
          column: 52,
          severity: 'error',
          rule: 'cpu-type-level',
          path: 'control_planes[0].cpu_type',
          message: '"qemu64" is older than x86-64-v2, which Talos needs; use x86-64-v2-AES or host',
        },
      ],
    });
  });

  it('suggests the command that was meant', async () => {
    let err = '';
    expect(await main(['valdate'], { out: () => undefined, err: (text) => void (err += text) })).toBe(1);
    expect(err).toContain('Did you mean validate?');
  });
});

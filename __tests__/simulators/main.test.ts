import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { format } from '../../simulators/pve/main';
import { run } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';

jest.setTimeout(60_000);

const MAIN = ['-r', './tools/register.cjs', 'simulators/pve/main.ts'];

interface Definition {
  readonly proxmox_servers: { readonly mini: { readonly api_url: string; readonly tls_insecure: boolean } };
  readonly backend: { readonly type: string; readonly config: { readonly path: string } };
}

describe('npm run simulate', () => {
  it('serves a definition until it is interrupted, and says what to do', async () => {
    const out = mkdtempSync(join(tmpdir(), 'simulate-'));
    const child = spawn(process.execPath, [...MAIN, 'clusters/single.yaml', '--out', out], {
      cwd: PROJECT_ROOT,
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    try {
      let text = '';
      await new Promise<void>((resolve, reject) => {
        child.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (text.includes('Ctrl-C')) resolve();
        });
        child.stderr.on('data', (chunk: Buffer) => reject(new Error(chunk.toString())));
      });
      const endpoint = /https:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0];
      expect(text).toContain("export TF_VAR_proxmox_mini_api_token='terraform@pve!test=");
      const definition = parse(readFileSync(join(out, 'single.yaml'), 'utf8')) as Definition;
      expect(definition).toMatchObject({
        proxmox_servers: { mini: { api_url: endpoint, tls_insecure: true } },
        backend: { type: 'local', config: { path: join(out, 'single.tfstate') } },
      });
    } finally {
      child.kill('SIGINT');
      expect(await ended).toBe(0);
      rmSync(out, { recursive: true, force: true });
    }
  });

  it('says what is wrong with a definition', async () => {
    const { code, stderr } = await run(process.execPath, [...MAIN, 'clusters/none.yaml'], {
      cwd: PROJECT_ROOT,
    });
    expect(code).toBe(1);
    expect(stderr).toContain('clusters/none.yaml: error[definition-file]');
  });

  it.each([
    [[], "error: missing required argument 'definition'\n"],
    [
      ['clusters/home.yaml', 'clusters/single.yaml'],
      'error: too many arguments. Expected 1 argument but got 2.\n',
    ],
  ])('wants one definition: %p', async (args, message) => {
    const { code, stderr } = await run(process.execPath, [...MAIN, ...args], { cwd: PROJECT_ROOT });
    expect({ code, stderr }).toEqual({ code: 1, stderr: message });
  });

  it('prints a line per request', () => {
    const entry = {
      seq: 1,
      site: 'pve1',
      method: 'GET',
      path: '/version',
      template: '/version',
      parameters: {},
      ms: 0,
    };
    expect(format({ ...entry, status: 200 })).toBe('pve1 GET /version 200');
    expect(format({ ...entry, status: 401, reason: 'No ticket' })).toBe('pve1 GET /version 401 No ticket');
  });
});

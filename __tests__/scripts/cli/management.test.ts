import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../../../scripts/cli';
import { PROJECT_ROOT } from '../../../tools/paths';
import { temporaryFolder } from '../../testing/terraform';

const start = process.cwd();
const before = { ...process.env };
afterEach(() => {
  process.chdir(start);
  process.env = { ...before };
});

/** Runs a command on a cluster of some management; an omnictl that is called leaves a mark. */
async function run(management: string, ...args: string[]) {
  const folder = temporaryFolder();
  process.chdir(folder);
  mkdirSync('clusters');
  const definition = readFileSync(join(PROJECT_ROOT, 'clusters/home.yaml'), 'utf8')
    .replace(/^omni:.*\n(?: .*\n)*/m, `management: ${management}\n`)
    .concat(management === 'standalone' ? 'standalone: { vip: 192.168.10.99 }\n' : '');
  writeFileSync('clusters/home.yaml', definition);
  writeFileSync('omnictl', '#!/bin/sh\ntouch "$(dirname "$0")/called"\nexit 1\n', { mode: 0o755 });
  process.env = { ...before, OMNICTL: join(folder, 'omnictl'), OMNI_ENDPOINT: 'http://127.0.0.1:9' };
  let [out, err] = ['', ''];
  const io = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const code = await main(args, io);
  return { code, out, err, isOmniAsked: existsSync('called') };
}

describe('a cluster with management: none', () => {
  it.each(['discover', 'generate', 'apply'])('is none for %s', async (verb) => {
    const { code, err, isOmniAsked } = await run('none', verb, 'clusters/home.yaml');
    expect({ code, isOmniAsked }).toEqual({ code: 1, isOmniAsked: false });
    expect(err).toContain(
      `${verb} is for clusters that Omni manages, and home has management: none: its VMs are made here, and Talos on them is yours; npm run up -- home brings the VMs up to date`,
    );
  });
});

describe('a cluster with management: standalone', () => {
  it.each(['discover', 'apply', 'up'])(
    'needs its secrets for %s, and is not looked for in Omni',
    async (verb) => {
      const { code, err, isOmniAsked } = await run('standalone', verb, 'clusters/home.yaml');
      expect({ code, isOmniAsked }).toEqual({ code: 1, isOmniAsked: false });
      expect(err).toMatch(
        /^error: clusters\/home\.talos\.sops\.yaml: no such file; make the secrets of a new cluster with npm run talos -- secrets home\. If/,
      );
    },
  );
});

it.each(['--reboot=talos-worker-1', '--kubeconfig=x', '--print-commands'])(
  'apply takes %s for no cluster of Omni',
  async (flag) => {
    const { code, err, isOmniAsked } = await run('omni', 'apply', 'clusters/home.yaml', flag);
    expect({ code, isOmniAsked }).toEqual({ code: 1, isOmniAsked: false });
    expect(err).toBe(`error: ${flag.replace(/=.*/, '')} is for clusters without Omni\n`);
  },
);

const VM_HEAD = ['NODE', 'ROLE', 'SERVER', 'VMID', 'VM'];
const TALOS_HEAD = ['TALOS', 'VERSION', 'READY', 'ETCD', 'KUBERNETES'];

describe.each([
  ['standalone', TALOS_HEAD],
  ['none', ['MAC']],
])('a cluster with management: %s', (management, rest) => {
  it('is none for restart, which tells the order all the same', async () => {
    const { code, err, isOmniAsked } = await run(management, 'restart', 'home', '--definitions', 'clusters');
    expect({ code, isOmniAsked }).toEqual({ code: 1, isOmniAsked: false });
    expect(err).toMatch(
      new RegExp(
        `^error: Omni is asked .* home has management: ${management}; npm run restart -- home --dry-run`,
      ),
    );
  });

  it('is shown by status without Omni', async () => {
    const { code, out, err, isOmniAsked } = await run(management, 'status', 'clusters/home.yaml');
    expect({ code, isOmniAsked }).toEqual({ code: 0, isOmniAsked: false });
    expect(out.split('\n')[0]?.trim().split(/\s+/)).toEqual([...VM_HEAD, ...rest]);
    expect(err).not.toMatch(/^omni/m);
  });
});

it('a cluster of Omni is asked for there', async () => {
  expect(await run('omni', 'status', 'clusters/home.yaml')).toMatchObject({ isOmniAsked: true });
});

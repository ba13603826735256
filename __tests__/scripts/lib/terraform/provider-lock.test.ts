import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  lockProblems,
  lockText,
  ownPlatform,
  parseLock,
  placeLock,
  platformsOf,
} from '../../../../scripts/lib/terraform/provider-lock';
import { temporaryFolder } from '../../../testing/terraform';

const block = (address: string, version: string): string =>
  `provider "${address}" {\n  version     = "${version}"\n  constraints = "${version}"\n  hashes = [\n    "h1:abc=",\n  ]\n}`;

const PROXMOX = 'registry.terraform.io/bpg/proxmox';
const NULL = 'registry.terraform.io/hashicorp/null';
const TEXT = lockText(
  parseLock(
    [
      block(NULL, '3.2.4'),
      block(PROXMOX, '0.111.1'),
      block('registry.opentofu.org/bpg/proxmox', '0.111.1'),
    ].join('\n\n'),
  ),
  ['linux_arm64', 'linux_amd64'],
);
const NEEDED = { source: 'bpg/proxmox', version: '0.111.1' };

describe('the committed lock file', () => {
  it('is the same whatever the order it was made in, and says its platforms', () => {
    expect([...parseLock(TEXT).keys()]).toEqual(['registry.opentofu.org/bpg/proxmox', PROXMOX, NULL]);
    expect(platformsOf(TEXT)).toEqual(['linux_amd64', 'linux_arm64']);
    expect(lockText(parseLock(TEXT), platformsOf(TEXT))).toBe(TEXT);
  });

  it.each([
    [NEEDED, 'linux_amd64', []],
    [
      { ...NEEDED, version: '0.112.0' },
      'linux_amd64',
      [/has checksums of \S+ 0\.111\.1, and 0\.112\.0 is used/],
    ],
    [
      { ...NEEDED, source: 'siderolabs/talos' },
      'linux_amd64',
      [/no checksums of registry\.terraform\.io\/siderolabs\/talos/],
    ],
    [
      NEEDED,
      'darwin_arm64',
      [
        /made for linux_amd64, linux_arm64, and this is darwin_arm64: npm run lock -- --platform darwin_arm64/,
      ],
    ],
  ])('%j on %s', (needed, platform, expected) => {
    const problems = lockProblems(TEXT, [needed], platform);
    expect(problems).toHaveLength(expected.length);
    expected.forEach((pattern, i) => expect(problems[i]).toMatch(pattern));
  });

  it('comes into a stack with what that needs, and nothing else', () => {
    const [root, dir] = [temporaryFolder(), join(temporaryFolder(), 'home')];
    mkdirSync(dir);
    const stack = { terraform: { required_providers: { proxmox: NEEDED } } };
    writeFileSync(join(dir, 'cdk.tf.json'), JSON.stringify(stack));
    expect(placeLock(dir, root)).toEqual({ flags: [] });
    writeFileSync(join(root, 'terraform.lock.hcl'), TEXT);
    expect(placeLock(dir, root)).toEqual({ flags: ['-lockfile=readonly'] });
    expect([...parseLock(readFileSync(join(dir, '.terraform.lock.hcl'), 'utf8')).keys()]).toEqual([PROXMOX]);
    writeFileSync(join(root, 'terraform.lock.hcl'), block(NULL, '3.2.4'));
    expect(placeLock(dir, root)).toEqual({ problems: [expect.stringContaining('no checksums') as string] });
  });

  it.each(['{"terraform": {', '[]', '5', `${'['.repeat(300)}${']'.repeat(300)}`])(
    'is not read into a stack that is no stack: %s',
    (text) => {
      const [root, dir] = [temporaryFolder(), temporaryFolder()];
      writeFileSync(join(root, 'terraform.lock.hcl'), TEXT);
      writeFileSync(join(dir, 'cdk.tf.json'), text);
      expect(() => placeLock(dir, root)).toThrow(/cdk\.tf\.json: .*; run npm run synth again$/);
    },
  );

  it.each([null, [], { proxmox: null }, { proxmox: { source: 5 } }])(
    'needs nothing of a stack that says %j of its providers',
    (required_providers) => {
      const [root, dir] = [temporaryFolder(), temporaryFolder()];
      writeFileSync(join(root, 'terraform.lock.hcl'), TEXT);
      writeFileSync(join(dir, 'cdk.tf.json'), JSON.stringify({ terraform: { required_providers } }));
      expect(placeLock(dir, root)).toEqual({ flags: ['-lockfile=readonly'] });
    },
  );

  it('knows platforms by the names that Terraform gives them', () => {
    expect(ownPlatform()).toMatch(/^(linux|darwin|windows|freebsd)_(amd64|arm64|386|arm)$/);
  });
});

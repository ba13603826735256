import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../../scripts/cli';
import { pins } from '../../../tools/docs/pins';
import { PINS } from '../../../scripts/lib/project/programs';

it('prints what a report of a fault needs: also programs that others are named for, are missing, or say nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'version-'));
  const before = { ...process.env };
  const program = (name: string, says: string): void => {
    writeFileSync(join(folder, name), `#!/bin/sh\necho '${says}'\n`);
    chmodSync(join(folder, name), 0o755);
  };
  program('tofu', 'OpenTofu v1.12.6');
  program('omnictl', 'omnictl version v1.9.3 (API Version: 2)');
  program('sops', 'what?');
  let out = '';
  try {
    Object.assign(process.env, {
      PATH: folder,
      TERRAFORM_BINARY_NAME: 'tofu',
      TALOSCTL: '/nowhere/talosctl',
    });
    expect(await main(['--version'], { out: (text) => void (out += text), err: () => undefined })).toBe(0);
  } finally {
    process.env = before;
    rmSync(folder, { recursive: true });
  }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const title = (text: string): string => text.padEnd('provider siderolabs/talos'.length);
  expect(out.split('\n')).toEqual([
    `${title('talos-proxmox')}  ${version}`,
    `${title('node')}  ${process.versions.node}`,
    ...Object.entries(PINS.providers).map(([source, pin]) => `${title(`provider ${source}`)}  ${pin}`),
    `${title('terraform')}  1.12.6 (tofu)`,
    `${title('tofu')}  1.12.6`,
    `${title('omnictl')}  1.9.3`,
    ...['talosctl', 'kubectl'].map((name) => `${title(name)}  not found`),
    `${title('sops')}  says no version`,
    ...['age', 'helm'].map((name) => `${title(name)}  not found`),
    '',
  ]);
});

it('has the pins of the project in the package', () => {
  expect(PINS).toEqual(pins());
  expect(
    Object.values({ ...PINS.providers, ...PINS.programs }).every((pin) => /^\d+\.\d+\.\d+/.test(pin)),
  ).toBe(true);
});

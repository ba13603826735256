import { inWordsOfPackage } from '../../../model/diagnostics/commands';
import { createProgram } from '../../../scripts/cli';
import packageJson from '../../../package.json';

describe('a command in a message', () => {
  it.each([
    ['run npm run up -- home --remove w-3', 'run npx talos-proxmox up home --remove w-3'],
    ['npm run -s validate -- --json; then', 'npx talos-proxmox validate --json; then'],
    ['see npm run synth:check.', 'see npx talos-proxmox synth-check.'],
    ['npm run synth && npm run policy', 'npx talos-proxmox synth && npx talos-proxmox policy'],
    ['npm run tools -- opa', 'npm run tools -- opa'],
    ['npm test', 'npm test'],
  ])('%s', (checkout, installed) => {
    expect(inWordsOfPackage(checkout)).toBe(installed);
  });

  it('exists in the package under the name that is told, whatever the checkout calls it', () => {
    const commands = createProgram({ out: () => undefined, err: () => undefined }, () => undefined).commands;
    const names = new Set(commands.map((command) => command.name()));
    const scripts = Object.entries(packageJson.scripts).filter(
      ([name, script]) => script.includes('scripts/cli.ts') || name === 'synth',
    );
    expect(scripts.length).toBeGreaterThan(15);
    for (const [name] of scripts) {
      const [, told = ''] = /^npx talos-proxmox (\S+)$/.exec(inWordsOfPackage(`npm run ${name}`)) ?? [];
      expect(names).toContain(told);
    }
  });
});

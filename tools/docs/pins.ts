/** The versions that this project pins, gathered from where each is pinned, for the package: it has neither allow-list nor Go modules. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ALLOW_LIST_FILE, PROJECT_ROOT } from '../paths';

/** Module whose version a program has, by the folder of its go.mod in `tools/`. */
const MODULES: Readonly<Record<string, { readonly folder: string; readonly module: string }>> = {
  tofu: { folder: 'opentofu', module: 'github.com/opentofu/opentofu' },
  omnictl: { folder: 'omni', module: 'github.com/siderolabs/omni/client' },
  talosctl: { folder: 'talos', module: 'github.com/siderolabs/talos' },
  sops: { folder: 'sops', module: 'github.com/getsops/sops/v3' },
  age: { folder: 'age', module: 'filippo.io/age' },
};

/** `{ providers: { 'bpg/proxmox': '0.111.1' }, programs: { talosctl: '1.12.0' } }` */
export function pins() {
  const listed = parse(readFileSync(ALLOW_LIST_FILE, 'utf8')) as Record<
    string,
    { source: string; version: string }
  >;
  const providers = Object.values(listed).map(({ source, version }) => [source, version] as const);
  const programs = Object.entries(MODULES).map(([name, { folder, module }]) => {
    const text = readFileSync(join(PROJECT_ROOT, 'tools', folder, 'go.mod'), 'utf8');
    const version = text
      .split('\n')
      .find((line) => line.replace('require', '').trim().startsWith(`${module} v`));
    return [name, / v(\S+)/.exec(version ?? '')?.[1] ?? ''] as const;
  });
  const named = (rows: readonly (readonly [string, string])[]): Record<string, string> =>
    Object.fromEntries(rows);
  return { providers: named(providers), programs: named(programs) };
}

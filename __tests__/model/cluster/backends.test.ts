import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { BACKEND_TYPES, backendFacts } from '../../../model/cluster/backends/facts';
import { checkDefinitions } from '../../../model/load/load';
import { formatDiagnostic } from '../../../model/diagnostics/diagnostics';
import { PROJECT_ROOT } from '../../../tools/paths';
import { BASE, SOURCE } from '../../testing/drafts';

const PAGES = join(PROJECT_ROOT, 'docs/guide/backends');

/** What is said of a definition with a backend. */
function report(backend: unknown): string[] {
  const value = { ...BASE, backend, control_planes: [{ name: 'cp-1', ip_address: '10.0.0.11' }] };
  return checkDefinitions([{ value, source: SOURCE, diagnostics: [] }]).diagnostics.map(formatDiagnostic);
}

const credentials = BACKEND_TYPES.flatMap((type) =>
  Object.entries(backendFacts(type).secrets).map(([key, variable]) => ({ type, key, variable })),
);

describe('credentials in a definition', () => {
  it.each(credentials)('$key of $type is refused', ({ type, key, variable }) => {
    const lines = report({ type, config: { [key]: 'hunter2hunter2' } });
    expect(lines).toContain(
      `lab.yaml: error[secret-literal] backend.config.${key}: a secret in plain text; set ${variable} instead, remove it here and rotate it`,
    );
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it('a connection string without password is none', () => {
    expect(report({ type: 'pg', config: { conn_str: 'postgres://me@db/state', schema_name: 'a' } })).toEqual(
      [],
    );
  });
});

describe('the guide', () => {
  it('has a page for every backend, and one in front', () => {
    expect(readdirSync(PAGES).sort()).toEqual(
      ['README.md', ...BACKEND_TYPES.map((type) => `${type}.md`)].sort(),
    );
    const index = readFileSync(join(PAGES, 'README.md'), 'utf8');
    for (const type of BACKEND_TYPES) expect(index).toContain(`[${type}](${type}.md)`);
  });

  it.each(BACKEND_TYPES)('%s: the block is valid as it stands, and its variables are named', (type) => {
    const page = readFileSync(join(PAGES, `${type}.md`), 'utf8');
    const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
      (match) => parse(match[1] ?? '') as object,
    );
    expect(blocks).toEqual([{ backend: expect.objectContaining({ type }) as unknown }]);
    for (const { backend } of blocks as { backend: unknown }[]) expect(report(backend)).toEqual([]);
  });
});

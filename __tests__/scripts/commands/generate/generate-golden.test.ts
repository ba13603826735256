import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDefinitions } from '../../../../model/load/load';
import { generatedFiles, TEMPLATE_FILE } from '../../../../scripts/commands/generate/files';
import { PROJECT_ROOT } from '../../../../tools/paths';
import { documentsOf, foreseenIds } from '../../../testing/generate';

const GOLDEN = join(__dirname, '../../../golden');

/** `npm run golden` writes the files, to be read before they are committed. */
it.each(['datacenter', 'gpu', 'home', 'single', 'storage'])(
  'the template of the example %s is its golden',
  async (name) => {
    const { clusters } = await loadDefinitions(join(PROJECT_ROOT, 'clusters', `${name}.yaml`));
    const cluster = clusters[0]?.cluster;
    if (!cluster) throw new Error(`no cluster in ${name}.yaml`);
    const files = generatedFiles(cluster, foreseenIds(cluster), 'definition', documentsOf(cluster));
    const text = files.get(TEMPLATE_FILE) ?? '';
    const file = join(GOLDEN, name, TEMPLATE_FILE);
    if (process.env['UPDATE_GOLDEN']) {
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, text);
    }
    expect(text).toBe(
      existsSync(file) ? readFileSync(file, 'utf8') : `no golden for ${name}: npm run golden`,
    );
  },
);

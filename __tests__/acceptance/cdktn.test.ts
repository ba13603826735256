import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';
import { synthesize, temporaryFolder, type Synthesis } from '../testing/terraform';

const CLUSTERS = ['datacenter', 'gpu', 'home', 'post-apply', 'single', 'storage'];

interface Stack {
  readonly '//': { readonly metadata: { version?: string } };
}

/** A stack as parsed JSON, and the version of the library that made it. */
function stack(outdir: string, name: string): { json: Stack; version: string | undefined } {
  const json = JSON.parse(readFileSync(join(outdir, 'stacks', name, 'cdk.tf.json'), 'utf8')) as Stack;
  const { version } = json['//'].metadata;
  delete json['//'].metadata.version;
  return { json, version };
}

/** The examples, and one more for what none of them has: another provider, hashicorp/null. Those in TypeScript stand in `package.test.ts`. */
function definitions(): string {
  const folder = join(temporaryFolder(), 'clusters');
  cpSync(join(PROJECT_ROOT, 'clusters'), folder, { recursive: true });
  const single = readFileSync(join(folder, 'single.yaml'), 'utf8');
  const other = single
    .replaceAll('single', 'post-apply')
    .replaceAll('fd50', 'fd51')
    .replace('02:DC:04', '02:DC:05');
  writeFileSync(join(folder, 'post-apply.yaml'), `${other}\npost_apply: { command: date }\n`);
  return folder;
}

describe('the examples on cdktn', () => {
  let onCdktf: Synthesis;
  let onCdktn: string;

  beforeAll(async () => {
    const clusters = definitions();
    onCdktf = await synthesize(clusters);
    onCdktn = join(temporaryFolder(), 'out');
    const args = ['-r', './tools/register.cjs', '-r', './__tests__/testing/cdktn.cjs', 'main.ts'];
    const result = await run(process.execPath, args, {
      cwd: PROJECT_ROOT,
      env: { CLUSTERS: clusters, CDKTF_OUTDIR: onCdktn },
    });
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('are all of them', () => expect(onCdktf.stacks).toEqual(CLUSTERS));

  it.each(CLUSTERS)('%s is the same as on cdktf, as JSON', (name) => {
    const [old, now] = [stack(onCdktf.outdir, name), stack(onCdktn, name)];
    expect({ old: old.version, now: now.version }).toEqual({ old: '0.21.0', now: '0.24.0' });
    expect(now.json).toEqual(old.json);
  });
});

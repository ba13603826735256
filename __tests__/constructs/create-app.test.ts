import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BaseStack, createApp } from '../../constructs';
import { temporaryFolder } from '../testing/terraform';

describe('an app', () => {
  const outdir = join(temporaryFolder(), 'not', 'there', 'yet');

  beforeEach(() => {
    process.env['CDKTF_OUTDIR'] = outdir;
  });

  afterEach(() => {
    delete process.env['CDKTF_OUTDIR'];
  });

  it('writes no stack if one of them has a problem, and tells the problems of all', () => {
    const app = createApp();
    new BaseStack(app, 'good');
    for (const id of ['bad', 'worse']) {
      new BaseStack(app, id).node.addValidation({ validate: () => [`${id} is broken`] });
    }
    expect(() => app.synth()).toThrow(/\[bad\] bad is broken[\s\S]*\[worse\] worse is broken/);
    expect(readdirSync(join(outdir, 'stacks'))).toEqual([]);
  });

  it('writes into folders that were not there', () => {
    const app = createApp();
    new BaseStack(app, 'good');
    app.synth();
    expect(readdirSync(join(outdir, 'stacks', 'good'))).toEqual(['cdk.tf.json']);
  });

  it('leaves what was there as it was where it cannot write all of it', () => {
    const stacks = (name: string) => readFileSync(join(outdir, 'stacks', name, 'cdk.tf.json'), 'utf8');
    const synthesized = (note: string, last?: () => void) => {
      const app = createApp();
      for (const id of ['first', 'second']) {
        const stack = new BaseStack(app, id);
        stack.addOverride('locals.note', note);
        if (last && id === 'second') Object.assign(stack, { toTerraform: last });
      }
      app.synth();
    };
    synthesized('old');
    const [first, second] = [stacks('first'), stacks('second')];
    writeFileSync(join(outdir, 'stacks/first/terraform.tfvars'), 'mine');
    const full = (): void => {
      throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    };
    expect(() => synthesized('new', full)).toThrow('ENOSPC');
    expect([stacks('first'), stacks('second')]).toEqual([first, second]);
    expect(readdirSync(outdir).sort()).toEqual(['manifest.json', 'stacks']);

    synthesized('new');
    expect(stacks('first')).toContain('"note": "new"');
    expect(readdirSync(join(outdir, 'stacks/first')).sort()).toEqual(['cdk.tf.json', 'terraform.tfvars']);
    expect(readdirSync(outdir).sort()).toEqual(['manifest.json', 'stacks']);
  });

  it('puts back what it has replaced where a later file cannot be', () => {
    const stack = (name: string) => join(outdir, 'stacks', name, 'cdk.tf.json');
    const synthesized = (note: string, names: readonly string[]) => {
      const app = createApp();
      for (const id of names) new BaseStack(app, id).addOverride('locals.note', note);
      app.synth();
    };
    rmSync(outdir, { recursive: true });
    synthesized('old', ['first']);
    const before = readFileSync(stack('first'), 'utf8');
    // What a second stack would replace is a folder with something in it; the new one before it goes again.
    mkdirSync(join(stack('second'), 'mine'), { recursive: true });
    expect(() => synthesized('new', ['first', 'added', 'second'])).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readFileSync(stack('first'), 'utf8')).toBe(before);
    expect(existsSync(stack('added'))).toBe(false);
    expect(readdirSync(outdir).sort()).toEqual(['manifest.json', 'stacks']);
  });

  it('removes what a run that was killed long ago has left, and not what may still be at work', () => {
    const [old, young] = [join(outdir, '.synth-old'), join(outdir, '.synth-young')];
    for (const folder of [old, young]) mkdirSync(join(folder, 'made'), { recursive: true });
    const [then, now] = [new Date(Date.now() - 2 * 3600 * 1000), new Date()];
    utimesSync(old, then, then);
    utimesSync(young, now, now);
    const app = createApp();
    new BaseStack(app, 'first');
    rmSync(join(outdir, 'stacks'), { recursive: true, force: true });
    app.synth();
    expect([old, young].map((folder) => existsSync(folder))).toEqual([false, true]);
    rmSync(young, { recursive: true });
  });

  it('says why, and leaves nothing of its own aside, where the manifest cannot be replaced', () => {
    rmSync(outdir, { recursive: true });
    mkdirSync(join(outdir, 'manifest.json', 'mine'), { recursive: true });
    const app = createApp();
    new BaseStack(app, 'good');
    expect(() => app.synth()).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(readdirSync(outdir).sort()).toEqual(['manifest.json', 'stacks']);
  });
});

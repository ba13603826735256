import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BaseStack, createApp } from '../../constructs';
import { temporaryFolder } from '../helpers/terraform';

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
});

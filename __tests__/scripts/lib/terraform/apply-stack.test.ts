import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyStack } from '../../../../scripts/lib/terraform/apply-stack';
import { temporaryFolder } from '../../../testing/terraform';

describe('the apply of up', () => {
  const before = process.env['TERRAFORM_BINARY_NAME'];

  afterEach(() => {
    if (before === undefined) delete process.env['TERRAFORM_BINARY_NAME'];
    else process.env['TERRAFORM_BINARY_NAME'] = before;
  });

  it('changes four resources at a time, which the lock of a shared storage lets pass', async () => {
    const folder = temporaryFolder();
    const terraform = join(folder, 'terraform');
    // Says its arguments as Terraform says everything.
    writeFileSync(terraform, `#!/bin/sh\nprintf '{"@level":"info","@message":"%s","type":"log"}\\n' "$*"\n`, {
      mode: 0o755,
    });
    process.env['TERRAFORM_BINARY_NAME'] = terraform;
    const said: string[] = [];
    const { signal } = new AbortController();
    const onMessage = (line: string): void => void said.push(line);
    expect(await applyStack({ dir: folder, file: 'plan', signal, onMessage })).toMatchObject({ code: 0 });
    expect(said.join()).toMatch(/^apply .*-parallelism=4 plan$/);
  });
});

import { run } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';

it('the committed bindings are what the schemas give', async () => {
  const args = ['-r', './tools/register.cjs', 'tools/bindings/get.ts', '--check'];
  const { code, stdout, stderr } = await run(process.execPath, args, { cwd: PROJECT_ROOT });
  expect({ code, told: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, told: '' });
}, 60_000);

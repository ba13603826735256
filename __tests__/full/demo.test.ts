import { run } from '../../scripts/lib/platform/exec';
import { PROJECT_ROOT } from '../../tools/paths';

jest.setTimeout(600_000);

it('npm run demo -- --standalone: the real kubectl lists the nodes at the VIP, and one more when it has grown', async () => {
  const args = ['run', '-s', 'demo', '--', '--standalone'];
  const { code, stdout, stderr } = await run('npm', args, { cwd: PROJECT_ROOT });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [, first = '', grown = ''] = stdout.split('$ kubectl get nodes');
  const ready = (text: string): string[] =>
    [...text.matchAll(/^(talos-\S+) +Ready +\S+ +\S+ +v1\.34\.1$/gm)].map(([, name = '']) => name);
  const six = ['control-1', 'control-2', 'control-3', 'worker-1', 'worker-2', 'worker-3'].map(
    (name) => `talos-${name}`,
  );
  expect(ready(first)).toEqual(six);
  expect(ready(grown)).toEqual([...six, 'talos-worker-4']);
  expect(stdout).not.toContain('Not shown');
});

import { input } from '@inquirer/prompts';
import { confirm } from '../../../../scripts/lib/platform/confirm';

jest.mock('@inquirer/prompts', () => ({ input: jest.fn() }));
const typed = jest.mocked(input);

const isTTY = Object.getOwnPropertyDescriptor(process.stdin, 'isTTY');
afterEach(() => {
  if (isTTY) Object.defineProperty(process.stdin, 'isTTY', isTTY);
  else Reflect.deleteProperty(process.stdin, 'isTTY');
});

async function ask({ terminal }: { readonly terminal: boolean }): Promise<[answer: boolean, told: string]> {
  Object.defineProperty(process.stdin, 'isTTY', { value: terminal, configurable: true });
  let told = '';
  const io = { out: () => undefined, err: (text: string) => void (told += text) };
  return [await confirm('Go on?', '--auto-approve', io, new AbortController().signal), told];
}

describe('confirm', () => {
  it.each([
    ['yes', true],
    [' yes ', true],
    ['y', false],
    ['YES', false],
    ['', false],
  ])('takes "%s" for %s', async (text, answer) => {
    typed.mockResolvedValue(text);
    expect((await ask({ terminal: true }))[0]).toBe(answer);
  });

  it('takes Ctrl-C for no', async () => {
    typed.mockRejectedValue(new Error('User force closed the prompt'));
    expect(await ask({ terminal: true })).toEqual([false, '\nnot confirmed\n']);
  });

  it('does not ask where there is nobody', async () => {
    typed.mockClear();
    expect(await ask({ terminal: false })).toEqual([
      false,
      'error: not confirmed: there is no terminal to ask on; give --auto-approve\n',
    ]);
    expect(typed).not.toHaveBeenCalled();
  });
});

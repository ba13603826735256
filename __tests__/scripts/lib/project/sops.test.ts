import { run } from '../../../../scripts/lib/platform/exec';
import { decryptFile, decryptText, encryptAs } from '../../../../scripts/lib/project/sops';

jest.mock('../../../../scripts/lib/platform/exec', () => ({ run: jest.fn() }));
const ran = jest.mocked(run);

const ends = (result: object) =>
  ran.mockResolvedValueOnce({ code: 0, stdout: '', stderr: '', missing: false, ...result } as never);
const MISSING =
  'sops is not on the PATH; install SOPS 3.9 or newer, https://github.com/getsops/sops/releases';

describe('what sops decrypts', () => {
  it('is what the file holds, and goes through a pipe', async () => {
    ends({ stdout: '{"a": 1}' });
    expect(await decryptFile('s.yaml')).toEqual({ value: { a: 1 }, json: '{"a": 1}' });
    expect(ran).toHaveBeenLastCalledWith('sops', ['decrypt', '--output-type', 'json', 's.yaml'], {
      terminal: true,
    });
    ends({ stdout: '[]' });
    expect(await decryptText('s.yaml', 'text')).toEqual({ value: [], json: '[]' });
    expect(ran).toHaveBeenLastCalledWith(
      'sops',
      ['decrypt', '--input-type', 'yaml', '--output-type', 'json', '--filename-override', 's.yaml'],
      { terminal: true, input: 'text' },
    );
  });

  it.each([
    [
      'sops metadata not found',
      'not encrypted; run sops encrypt --in-place s.yaml, and rotate what was ever committed',
    ],
    [
      'failed to load age identities: no file',
      'no age key to decrypt it; set SOPS_AGE_KEY_FILE to the file of your key, or put that at ~/.config/sops/age/keys.txt',
    ],
    [
      'identity did\n   not match any of the recipients',
      'encrypted for other keys than yours; ask a member of the team to add your public key with sops updatekeys',
    ],
    [
      'no master key\n was able to decrypt',
      'encrypted for other keys than yours; ask a member of the team to add your public key with sops updatekeys',
    ],
    [
      'MAC mismatch. File has AB, computed CD',
      'changed by something else than sops; take the last good version from git, and edit it with sops edit',
    ],
    [
      'Error: message authentication failed',
      'changed by something else than sops; take the last good version from git, and edit it with sops edit',
    ],
    ['secret: hunter2 is wrong', 'sops cannot decrypt it; see why with sops decrypt s.yaml > /dev/null'],
  ])('not: %j', async (stderr, message) => {
    ends({ code: 1, stderr });
    expect(await decryptFile('s.yaml')).toEqual({ problem: `s.yaml: ${message}` });
  });

  it('is nothing without sops, or if something else is called so', async () => {
    ends({ code: 127, missing: true });
    expect(await decryptFile('s.yaml')).toEqual({ problem: MISSING });
    ends({ stdout: 'hunter2' });
    const { problem } = (await decryptFile('s.yaml')) as { problem: string };
    expect(problem).toMatch(
      /^s\.yaml: what sops printed .+; is it the real sops, 3\.9 or newer\? See sops --version$/,
    );
    expect(problem).not.toContain('hunter2');
  });
});

describe('what sops encrypts', () => {
  it('is the text for the keys of the rule for its name', async () => {
    ends({ stdout: 'encrypted' });
    expect(await encryptAs('a.sops.yaml', 'clear')).toEqual({ text: 'encrypted' });
    expect(ran).toHaveBeenLastCalledWith(
      'sops',
      ['encrypt', '--input-type', 'yaml', '--output-type', 'yaml', '--filename-override', 'a.sops.yaml'],
      { input: 'clear' },
    );
  });

  it.each([
    [
      'config file not found',
      /nobody has said for which keys; write \.sops\.yaml with creation_rules: .+age-keygen/,
    ],
    ['no matching creation rules found', /nobody has said for which keys/],
    ['error loading config: no creation rules', /nobody has said for which keys/],
    [
      'could not encrypt',
      /^a\.sops\.yaml: sops cannot encrypt it; check \.sops\.yaml, and try sops edit a\.sops\.yaml$/,
    ],
  ])('not: %s', async (stderr, message) => {
    ends({ code: 1, stderr });
    expect(await encryptAs('a.sops.yaml', 'clear')).toEqual({
      problem: expect.stringMatching(message) as string,
    });
  });

  it('is nothing without sops', async () => {
    ends({ code: 127, missing: true });
    expect(await encryptAs('a.sops.yaml', 'clear')).toEqual({ problem: MISSING });
  });
});

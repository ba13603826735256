import type { TalosDocument } from '../../../../model/talos/documents';
import type { TalosAccess } from '../../../../scripts/lib/talos/access';
import { fillSecrets, hiding } from '../../../../scripts/lib/talos/config-secrets';

const document = (body: unknown): TalosDocument => ({ owner: { level: 'cluster' }, name: 'a', body });

const patches = new Map([
  ['cp-1', [document({ machine: {} })]],
  ['w-1', [document({ env: '${secret:b}' }), document({ env: ['x=${secret:a}'] })]],
]);

it('takes secrets from the environment', () => {
  expect(fillSecrets(patches, { TF_VAR_a: '1', TF_VAR_b: '2', a: 'no' })).toEqual({
    patches: new Map([
      ['cp-1', [document({ machine: {} })]],
      ['w-1', [document({ env: '2' }), document({ env: ['x=1'] })]],
    ]),
    secrets: ['1', '2'],
  });
});

it('tells all that is not set, and who needs it', () => {
  expect(fillSecrets(patches, { TF_VAR_b: '' })).toEqual({
    problems: [
      'TF_VAR_a is not set, and the configuration of w-1 has its value; set it in the environment, or keep it in a SOPS file and run the command by npm run with-secrets',
      expect.stringMatching(/^TF_VAR_b is not set/),
    ],
  });
});

it('shows no secret that a node repeats in what it refuses', async () => {
  const refused = {
    rule: 'talos-refused',
    message: 'refuses it: "hunter2" is wrong',
    transient: false,
  } as const;
  const call = () => Promise.resolve({ problem: refused });
  const access = { talosctl: { call }, ask: call } as unknown as TalosAccess;
  const wanted = { problem: { ...refused, message: 'refuses it: "(key)" is wrong' } };
  expect(await hiding(access, ['hunter2']).ask('', [])).toEqual(wanted);
  expect(await hiding(access, ['hunter2']).talosctl.call([])).toEqual(wanted);
  expect(await hiding(access, []).ask('', [])).toEqual({ problem: refused });
});

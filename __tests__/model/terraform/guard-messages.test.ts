import fc from 'fast-check';
import { ALLOWANCES } from '../../../model/terraform/allowances';
import { allowedMark, guardMessage, readGuardMessage } from '../../../model/terraform/guard-messages';

const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}$/);
const text = fc
  .oneof(
    fc.string(),
    name.map((other) => `VM 1 is called "x [node-removed remove:${other}] y"`),
  )
  .map((said) => `${said}.`);

test('what a guard says is read as it was written, whatever foreign names stand in it', () => {
  const mark = fc.oneof(
    fc.tuple(fc.constantFrom(...ALLOWANCES), name).map(([allow, subject]) => allowedMark(allow, subject)),
    name.map((subject) => ({ rule: 'image-changed', subject })),
  );
  fc.assert(
    fc.property(text, mark, fc.option(fc.constant('To go on all the same')), (said, of, purpose) => {
      const message = guardMessage(said, of, purpose ?? undefined);
      expect(readGuardMessage(message)).toEqual({ text: said, mark: of });
    }),
  );
});

test('a text without a mark is of somebody else', () => {
  expect(readGuardMessage('Resource x.cp-1 has lifecycle.prevent_destroy set')).toBeUndefined();
  expect(readGuardMessage(`something [odd] To remove it: -var 'allow=["remove:x"]'`)).toBeUndefined();
});

import type { Survey } from '../../../model/init/survey';
import { list } from '../../../model/support/text';
import { QUESTIONS, type Answers, type Question } from './questions';

/** Who answers: a person at a terminal, or nobody. */
export interface Asking {
  readonly terminal: boolean;
  /** Take what is proposed, and ask only what nobody can propose. */
  readonly yes: boolean;
  readonly signal: AbortSignal;
}

/**
 * Fills in what flags have left open: with what is proposed, or by asking.
 *
 * @returns the answers, or everything that is wrong or missing
 */
export async function complete(
  given: Answers,
  survey: Survey,
  asking: Asking,
): Promise<{ readonly answers: Answers } | { readonly problems: readonly string[] }> {
  const problems: string[] = [];
  let answers: Answers = {};
  for (const question of QUESTIONS) {
    const { key, flag, when } = question;
    const flagged = given[key];
    if (flagged === undefined && when && !when(survey, answers)) continue;
    const answer = flagged ?? (await answered(question, survey, answers, asking));
    const wrong = answer === undefined ? undefined : problemOf(question, answer);
    if (wrong !== undefined) problems.push(`${flag} ${wrong}`);
    else if (answer !== undefined) answers = { ...answers, [key]: answer };
    else if (!question.optional) problems.push(`${flag} is missing: ${question.text}`);
  }
  return problems.length > 0 ? { problems } : { answers };
}

async function answered(
  question: Question,
  survey: Survey,
  soFar: Answers,
  { terminal, yes, signal }: Asking,
): Promise<string | undefined> {
  const suggestion = question.suggest(survey, soFar);
  const isSettled = suggestion !== undefined || question.optional === true;
  if (!terminal || (yes && isSettled)) return suggestion;
  const { input, select } = await import('@inquirer/prompts');
  const context = { signal, output: process.stderr };
  const { text: message, choices } = question;
  if (choices)
    return select(
      {
        message,
        choices: choices.map((value) => ({ value })),
        ...(suggestion === undefined ? {} : { default: suggestion }),
      },
      context,
    );
  const answer = await input(
    {
      message,
      ...(suggestion === undefined ? {} : { default: suggestion }),
      validate: (text) => {
        if (text.trim() === '') return question.optional === true || 'an answer is needed';
        return problemOf(question, text.trim()) ?? true;
      },
    },
    context,
  );
  return answer.trim() === '' ? undefined : answer.trim();
}

function problemOf({ choices, check }: Question, answer: string): string | undefined {
  if (choices && !choices.includes(answer)) return `"${answer}" is none of ${list(choices)}`;
  const wrong = check?.(answer);
  return wrong === undefined ? undefined : `"${answer}" ${wrong}`;
}

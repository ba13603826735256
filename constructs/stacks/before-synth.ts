import { App, type TerraformStack } from 'cdktf';
import { ValidationError } from './errors';

/** What waits for the synthesis of an app, or of one of its stacks. */
const waiting = new WeakMap<App | TerraformStack, (() => void)[]>();

/**
 * Calls back before a stack is rendered, however that is started: by its app, or alone as tests do it. cdktf has no such hook: when
 * it asks the constructs, it has counted the stacks already.
 *
 * @param make may be called again when it is done, and never within itself
 */
export function beforeSynth(stack: TerraformStack, make: () => void): void {
  let isRunning = false;
  const build = (): void => {
    if (isRunning) return;
    isRunning = true;
    try {
      make();
    } finally {
      isRunning = false;
    }
  };
  waiting.set(stack, [...(waiting.get(stack) ?? []), build]);
  const { prepareStack, runAllValidations, toTerraform } = stack;
  Object.assign(stack, {
    prepareStack: (): void => {
      build();
      prepareStack.call(stack);
    },
    runAllValidations: (): void => {
      build();
      runAllValidations.call(stack);
    },
    toTerraform: (): unknown => {
      build();
      return toTerraform.call(stack);
    },
  });
  beforeAppSynth(App.of(stack), build);
}

/** Does now what waits for the synthesis of a stack, because somebody needs what it makes. */
export function buildNow(stack: TerraformStack): void {
  for (const build of waiting.get(stack) ?? []) build();
}

function beforeAppSynth(app: App, build: () => void): void {
  const known = waiting.get(app);
  if (known) {
    known.push(build);
    return;
  }
  const builds = [build];
  waiting.set(app, builds);
  const { synth } = app;
  Object.assign(app, {
    synth: (): void => {
      buildAll(builds, app);
      synth.call(app);
    },
  });
}

/** @throws ValidationError with the problems of all, so that nobody repairs one to be told of the next */
function buildAll(builds: readonly (() => void)[], app: App): void {
  const failures = builds.flatMap((build) => {
    try {
      build();
      return [];
    } catch (failure) {
      if (failure instanceof ValidationError) return [failure];
      throw failure;
    }
  });
  const [first] = failures;
  if (!first) return;
  if (failures.length === 1) throw first;
  const heading = `${failures.length} clusters have problems`;
  throw new ValidationError([heading, ...failures.map(({ message }) => message)].join('\n'), app);
}

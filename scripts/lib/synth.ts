import { join } from 'node:path';
import { run, runAttached, type RunResult } from './exec';
import { readIfThere } from './files';
import { APP_FILE, INSTALLED, PROJECT_ROOT } from './project';
import { own, parseJson } from '../../model/json';
import { ForUser, failureText } from './failure';
import { outputFolder } from './workspace';

/** Our own app, in the way that this process was started. */
const OWN_APP = [process.execPath, [...process.execArgv, APP_FILE]] as const;

/**
 * Synthesizes definitions, as `npm run synth` does. It is a process of its own, because scripts know no Terraform.
 *
 * A repository that has installed the package may have an app of its own, named in its `cdktf.json`. Then that is run: it may
 * add constructs and patches, and a plan without them would take down what they made.
 *
 * @param clusters a definition or a folder of definitions
 */
export async function synthesize(clusters: string, outdir = outputFolder()): Promise<RunResult> {
  let app: string | undefined;
  try {
    app = INSTALLED ? appOf(join(PROJECT_ROOT, 'cdktf.json')) : undefined;
  } catch (cause) {
    const stderr = failureText(cause);
    return { code: 1, stdout: '', stderr, missing: false, timedOut: false };
  }
  const [command, args] = app === undefined ? OWN_APP : (['sh', ['-c', app]] as const);
  return run(command, args, { cwd: PROJECT_ROOT, env: { CLUSTERS: clusters, CDKTF_OUTDIR: outdir } });
}

/** Runs our own app on the terminal. @returns its exit code */
export const runOwnApp = async (): Promise<number> => (await runAttached(...OWN_APP, {})) ?? 1;

/** `app` of a `cdktf.json`: a command line, for a shell. */
function appOf(file: string): string | undefined {
  const json = parseJson(readIfThere(file) ?? '{}');
  if ('problem' in json) throw new ForUser(`${file}: ${json.problem}; correct it`);
  const app = own(json.value as Readonly<Record<string, unknown>> | undefined, 'app');
  return typeof app === 'string' && app !== '' ? app : undefined;
}

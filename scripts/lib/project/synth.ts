import { join } from 'node:path';
import type { Diagnostic } from '../../../model/diagnostics/diagnostics';
import { DIAGNOSTICS_VARIABLE } from '../../../model/diagnostics/hand-over';
import { run, runAttached, type RunResult } from '../platform/exec';
import { readIfThere } from '../../../model/support/files';
import { INSTALLED } from '../../../model/diagnostics/commands';
import { APP_FILE, PROJECT_ROOT } from './project';
import { own, parseJson } from '../../../model/support/json';
import { ForUser, failureText } from '../../../model/diagnostics/failure';
import { temporaryFolder } from '../platform/temporary';
import { assemblyFolder, outputFolder } from './workspace';

/** Our own app, in the way that this process was started. */
const OWN_APP = [process.execPath, [...process.execArgv, APP_FILE]] as const;

/** `app` of the `cdktf.json` of a clone. */
const SHIPPED_APP = 'node -r ./tools/register.cjs main.ts';

/** What an app did. */
export interface AppRun extends RunResult {
  /** What it said of its clusters. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether the repository has no app of its own, but the one that turns definitions into stacks. */
export const ownApp = (): boolean => {
  const app = appOf(join(PROJECT_ROOT, 'cdktf.json'));
  return app === undefined || app === 'talos-proxmox synth' || (!INSTALLED && app === SHIPPED_APP);
};

/**
 * Synthesizes, as `npm run synth` does. It is a process of its own, because scripts know no Terraform.
 *
 * A repository may have an app of its own, named in its `cdktf.json`. Then that is run: it may add constructs and patches, and a
 * plan without them would take down what they made.
 *
 * @param clusters a definition or a folder of definitions
 */
export function synthesize(clusters: string, outdir = outputFolder()): Promise<AppRun> {
  // Synthesized by somebody else, as `--assembly` says.
  if (assemblyFolder() === outdir) return Promise.resolve({ ...NOTHING, code: 0 });
  return runApp(clusters, outdir);
}

const NOTHING = { stdout: '', stderr: '', missing: false, timedOut: false, diagnostics: [] };

const runs = new Map<string, Promise<AppRun>>();

/**
 * Runs the app of the repository. An app of somebody's own runs once in the life of this process: compiling takes long, and all that a
 * command does is to be about one assembly.
 */
export function runApp(clusters: string, outdir: string): Promise<AppRun> {
  if (ownApp()) return runOnce(clusters, outdir);
  const key = `${clusters}\0${outdir}`;
  const running = runs.get(key) ?? runOnce(clusters, outdir);
  runs.set(key, running);
  return running;
}

async function runOnce(clusters: string, outdir: string): Promise<AppRun> {
  const folder = temporaryFolder('app');
  const file = join(folder.path, 'diagnostics');
  try {
    const app = ownApp() ? undefined : appOf(join(PROJECT_ROOT, 'cdktf.json'));
    const [command, args] = app === undefined ? OWN_APP : (['sh', ['-c', app]] as const);
    const env = { CLUSTERS: clusters, CDKTF_OUTDIR: outdir, [DIAGNOSTICS_VARIABLE]: file };
    const result = await run(command, args, { cwd: PROJECT_ROOT, env });
    return { ...result, diagnostics: readDiagnostics(file) };
  } catch (cause) {
    return { ...NOTHING, code: 1, stderr: failureText(cause) };
  } finally {
    folder.remove();
  }
}

/** What the app has written for us, one JSON text a line; the last is cut off where the app was killed, which its exit code tells. */
const readDiagnostics = (file: string): Diagnostic[] =>
  (readIfThere(file) ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map(parseJson)
    .flatMap((json) => ('problem' in json ? [] : [json.value as Diagnostic]));

/** Runs our own app on the terminal. @returns its exit code */
export const runOwnApp = async (): Promise<number> => (await runAttached(...OWN_APP, {})) ?? 1;

/** `app` of a `cdktf.json`: a command line, for a shell. @throws Error if the file is no JSON */
function appOf(file: string): string | undefined {
  const json = parseJson(readIfThere(file) ?? '{}');
  if ('problem' in json) throw new ForUser(`cdktf.json: ${json.problem}; correct it`);
  const app = own(json.value as Readonly<Record<string, unknown>> | undefined, 'app');
  return typeof app === 'string' && app !== '' ? app : undefined;
}

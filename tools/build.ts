/** `npm run tools [name …]`: builds pinned providers and programs (default: all but those of the real Omni) from their Go modules; with --for, what a cluster needs. */
import { main as cli } from '../scripts/cli';
import { say } from './go-build';
import { ensureMirror, knownProviders } from './mirror';
import { ensureTools, PROGRAM_NAMES, type ProgramName } from './programs';

async function main(names: readonly string[]): Promise<number> {
  if (names.some((name) => name.startsWith('-'))) return cli(['tools', ...names]);
  const isProgram = (name: string): name is ProgramName => PROGRAM_NAMES.some((known) => known === name);
  const programs = names.length > 0 ? names.filter(isProgram) : undefined;
  const providers = names.length > 0 ? names.filter((name) => !isProgram(name)) : knownProviders();
  const mirror = providers.length > 0 ? await ensureMirror(providers) : undefined;
  const tools = programs?.length === 0 ? undefined : await ensureTools(programs);
  const lines: string[] = [];
  if (mirror?.ok === true)
    lines.push(...mirror.done, `Use them with TF_CLI_CONFIG_FILE=${mirror.configFile}`);
  if (tools?.ok === true) lines.push(...tools.done, `They are in ${tools.dir}`);
  for (const line of lines) process.stdout.write(`${line}\n`);
  let code = 0;
  for (const result of [mirror, tools]) {
    if (result === undefined || result.ok) continue;
    say(`error: ${result.how}`);
    code = 1;
  }
  return code;
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
}

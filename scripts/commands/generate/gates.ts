import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../model/cluster/cluster';
import { fieldProblems, hasNewFields } from '../../../model/omni/template-fields';
import { run } from '../../lib/platform/exec';
import { temporaryFolder } from '../../lib/platform/temporary';
import type { GateResult } from './gate-result';
import type { TemplateDocument } from '../../../model/templates/render';
import { checkMachineConfigs } from './talos-gate';

/** Checks a template with omnictl, and the machine configurations that come of it with talosctl, where these are there. */
export async function checkWithTools(
  cluster: Cluster,
  template: string,
  documents: readonly TemplateDocument[],
): Promise<GateResult[]> {
  const temporary = temporaryFolder('generate');
  const folder = temporary.path;
  try {
    return [
      await checkTemplate(template, documents, folder),
      await checkMachineConfigs(cluster, documents, folder),
    ];
  } finally {
    temporary.remove();
  }
}

/** `validate` lets pass what `render` refuses, such as one machine twice. Neither asks a server. */
async function checkTemplate(
  template: string,
  documents: readonly TemplateDocument[],
  folder: string,
): Promise<GateResult> {
  const omnictl = process.env['OMNICTL'] ?? 'omnictl';
  const file = join(folder, 'cluster-template.yaml');
  writeFileSync(file, template);
  const home = join(folder, 'home');
  mkdirSync(home);
  const failed = (line: string): GateResult => ({
    tool: 'omnictl',
    status: 'failed',
    line: `error: ${line}`,
  });
  if (hasNewFields(documents)) {
    const { stdout } = await run(omnictl, ['--version'], { env: { HOME: home }, timeout: 120_000 });
    const version = /version (v\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] ?? '';
    const problems = fieldProblems(documents, 'omnictl', version);
    if (problems.length > 0) return failed(problems.join('\nerror: '));
  }
  for (const verb of ['validate', 'render']) {
    // omnictl writes a configuration into an empty home.
    const args = ['cluster', 'template', verb, '-f', file];
    const result = await run(omnictl, args, { env: { HOME: home }, timeout: 120_000 });
    if (result.missing) return { tool: 'omnictl', status: 'skipped', line: OMNICTL_MISSING };
    if (result.code !== 0) {
      const why = result.stderr.trim().replaceAll(file, 'cluster-template.yaml');
      return failed(`omnictl cluster template ${verb}: ${why}`);
    }
  }
  return { tool: 'omnictl', status: 'ok', line: 'omnictl: the template is valid' };
}

const OMNICTL_MISSING =
  'not checked: the template by omnictl, which is not installed; download it from your Omni, or name it with OMNICTL';

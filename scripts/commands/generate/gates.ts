import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../../model/cluster/cluster';
import { run } from '../../lib/platform/exec';
import { temporaryFolder } from '../../lib/platform/temporary';
import type { GateResult } from './gate-result';
import type { TemplateDocument } from '../../lib/templates/render';
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
    return [await checkTemplate(template, folder), await checkMachineConfigs(cluster, documents, folder)];
  } finally {
    temporary.remove();
  }
}

/** `validate` lets pass what `render` refuses, such as one machine twice. Neither asks a server. */
async function checkTemplate(template: string, folder: string): Promise<GateResult> {
  const omnictl = process.env['OMNICTL'] ?? 'omnictl';
  const file = join(folder, 'cluster-template.yaml');
  writeFileSync(file, template);
  const home = join(folder, 'home');
  mkdirSync(home);
  for (const verb of ['validate', 'render']) {
    // omnictl writes a configuration into an empty home.
    const args = ['cluster', 'template', verb, '-f', file];
    const result = await run(omnictl, args, { env: { HOME: home }, timeout: 120_000 });
    if (result.missing) return { tool: 'omnictl', status: 'skipped', line: OMNICTL_MISSING };
    if (result.code !== 0) {
      const why = result.stderr.trim().replaceAll(file, 'cluster-template.yaml');
      return { tool: 'omnictl', status: 'failed', line: `error: omnictl cluster template ${verb}: ${why}` };
    }
  }
  return { tool: 'omnictl', status: 'ok', line: 'omnictl: the template is valid' };
}

const OMNICTL_MISSING =
  'not checked: the template by omnictl, which is not installed; download it from your Omni, or name it with OMNICTL';

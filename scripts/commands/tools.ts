import type { Io } from '../../model/diagnostics/io';
import { chooseCluster } from '../lib/project/choose-cluster';
import { fail } from '../lib/platform/io';
import { stableJson } from '../lib/platform/json';
import { formatTable } from '../lib/platform/table';
import { needsOf, type Need } from '../lib/project/needs';
import { findProgram, type Found, type ProgramName } from '../lib/project/programs';
import type { Target } from '../lib/project/workspace';

/** A program that a cluster needs, and what there is of it. */
interface Checked extends Need {
  readonly found?: Found;
  readonly state: 'good' | 'missing' | 'other version';
}

/** Names in the registry of mise. */
const IN_MISE: Partial<Readonly<Record<ProgramName, string>>> = { terraform: 'opentofu' };

/** Where people get a program without mise. */
const PAGES: Readonly<Record<ProgramName, string>> = {
  terraform:
    'https://opentofu.org/docs/intro/install, or Terraform: https://developer.hashicorp.com/terraform/install',
  tofu: 'https://opentofu.org/docs/intro/install',
  omnictl: 'the web interface of your Omni: Download omnictl',
  talosctl: 'https://github.com/siderolabs/talos/releases',
  kubectl: 'https://kubernetes.io/docs/tasks/tools',
  sops: 'https://github.com/getsops/sops/releases',
  age: 'https://github.com/FiloSottile/age/releases',
  helm: 'https://helm.sh/docs/intro/install',
};

/** Says which programs a cluster needs here, and how to get those that are not there. @returns 1 where one that it cannot do without is missing */
export async function runTools(
  { cluster, definitions, json }: Target & { json?: boolean },
  io: Io,
): Promise<number> {
  const chosen = await chooseCluster(definitions, cluster);
  if ('problems' in chosen) return fail(chosen.problems, io);
  const checked = await Promise.all(needsOf(chosen.cluster).map(check));
  const wanting = checked.filter(({ state }) => state !== 'good');
  const code = wanting.some(({ level }) => level === 'needed') ? 1 : 0;
  if (json) {
    const programs = checked.map(({ program, level, why, versions, pin, state, found }) => ({
      ...{ name: program, level, purpose: why, versions, get: pin, state },
      ...(found?.version === undefined ? {} : { found: found.version }),
    }));
    io.out(stableJson({ format_version: 1, cluster: chosen.cluster.name, programs }));
    return code;
  }
  const rows = checked.map(({ program, level, versions, found, state, why }) => {
    const here = found ? `${found.version ?? 'some'}${state === 'good' ? '' : ' (not that)'}` : 'missing';
    return [found?.command ?? program, level, versions, here, why];
  });
  io.out(formatTable(['PROGRAM', 'NEED', 'VERSION', 'HERE', 'FOR'], rows));
  for (const line of helpLines(wanting)) io.out(`${line}\n`);
  return code;
}

async function check(need: Need): Promise<Checked> {
  const usual = await findProgram(need.program);
  // OpenTofu does what Terraform does, once TERRAFORM_BINARY_NAME names it.
  const found = usual ?? (need.program === 'terraform' ? await findProgram('tofu') : undefined);
  if (!found) return { ...need, state: 'missing' };
  // One that says no version is somebody's own.
  const fits = found.version === undefined || need.fits(found.version);
  return { ...need, found, state: fits ? 'good' : 'other version' };
}

function helpLines(wanting: readonly Checked[]): string[] {
  if (wanting.length === 0) return ['', 'All of them are here.'];
  const gets = wanting.map(({ program, pin }) => ({ program, pin, name: IN_MISE[program] ?? program }));
  return [
    '',
    'To get what is missing, with mise (https://mise.jdx.dev):',
    `  mise use ${gets.map(({ name, pin }) => `${name}@${pin}`).join(' ')}`,
    'or by hand:',
    ...gets.map(({ program, name, pin }) => `  ${name} ${pin}: ${PAGES[program]}`),
    ...(wanting.some(({ program }) => program === 'terraform')
      ? ['With OpenTofu, set TERRAFORM_BINARY_NAME=tofu.']
      : []),
  ];
}

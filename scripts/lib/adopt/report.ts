import type { Adoption } from '../../../model/adopt/definition';
import { WANTED } from '../../../model/adopt/differences';
import { leaving } from '../../../model/adopt/old-state-words';
import type { Review } from '../../../model/review';
import { vmArgument } from '../../../model/review/arguments';
import { ROLE_FACTS } from '../../../model/roles';
import { count, some } from '../../../model/text';
import type { OldState } from './sources';

/** Which VM becomes which node, a line each. */
export const nodeLines = (adoptions: readonly Adoption[]): string[] =>
  adoptions.map(
    ({ vm }) =>
      `  ${vm.name}: ${ROLE_FACTS[vm.role].title}, VM ${vm.vmId} on ${vm.server}, ${vm.ip ?? 'address unknown'}`,
  );

/** Figures of a plan in which nobody needs to count. */
export function figures({ nodes, others }: Review): string {
  const number = (...actions: readonly string[]) =>
    [...nodes, ...others].filter(({ action }) => actions.includes(action)).length;
  const created = number('create');
  return [
    `${number('import')} to import`,
    ...(created > 0 ? [`${created} to create`] : []),
    `${number('remove')} to destroy`,
    `${number('replace', 'lost')} to replace`,
  ].join(', ');
}

/** What changes in place, each once, with the reason. */
export function changeLines({ nodes }: Review): string[] {
  const byLabel = new Map<string, string[]>();
  for (const { name, changes, action } of nodes)
    if (action === 'import' || action === 'update')
      for (const what of new Set(changes.map((change) => change.what)))
        byLabel.set(what, [...(byLabel.get(what) ?? []), name]);
  if (byLabel.size === 0) return ['Nothing changes in the VMs.'];
  const lines = [...byLabel].map(
    ([what, names]) => `  ${what} (${some(names, 4)})${reason(what) === '' ? '' : `: ${reason(what)}`}`,
  );
  return ['Changed in place, while the VMs run:', ...lines.sort()];
}

const reason = (what: string): string =>
  Object.entries(WANTED).find(([path]) => vmArgument(path).label === what)?.[1] ?? '';

/** What stays as it is although new VMs of this project would have it otherwise. */
export function keptLines(adoptions: readonly Adoption[]): string[] {
  const byList = new Map<string, string[]>();
  for (const { vm, ignoreChanges } of adoptions) {
    const text = ignoreChanges.join(', ');
    if (text !== '') byList.set(text, [...(byList.get(text) ?? []), vm.name]);
  }
  if (byList.size === 0) return [];
  return [
    'Left as it is, by ignore_changes; take an entry out to have it as new VMs have it:',
    ...[...byList].map(([text, names]) => `  ${some(names, 4)}: ${text}`),
  ];
}

/** How to go on, and what to do about the states that the VMs are in now. */
export function nextLines(
  stacks: readonly string[],
  states: readonly OldState[],
  adoptions: readonly Adoption[],
): string[] {
  const names = new Set(adoptions.map(({ vm }) => `${vm.vmId} ${vm.name}`));
  return [
    'Next:',
    '  npm run synth',
    ...stacks.map((stack) => `  (cd cdktf.out/stacks/${stack} && terraform init && terraform apply)`),
    ...states.flatMap(({ file, vms }) => {
      const adopted = vms.filter(({ vmId, name }) => names.has(`${vmId} ${name}`));
      const { commands } = leaving(vms, adopted);
      return [
        `Then, in the project of ${file}, which must not be applied any more while it has ${count(adopted.length, 'VM')} of these:`,
        ...commands.map((command) => `  ${command}`),
      ];
    }),
  ];
}

/** `removed` blocks of all states, as a file for Terraform 1.7 or newer. */
export function removedFile(states: readonly OldState[], adoptions: readonly Adoption[]): string {
  const ids = new Set(adoptions.map(({ vm }) => `${vm.vmId} ${vm.name}`));
  return states
    .map(
      ({ vms }) =>
        leaving(
          vms,
          vms.filter(({ vmId, name }) => ids.has(`${vmId} ${name}`)),
        ).blocks,
    )
    .filter((blocks) => blocks !== '')
    .join('\n');
}

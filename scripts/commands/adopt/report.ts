import { APPLY_PARALLELISM } from '../../../model/terraform/parallelism';
import type { Adoption } from '../../../model/migrate/adopt/definition';
import { groupBy } from '../../../model/support/group-by';
import { WANTED } from '../../../model/migrate/adopt/differences';
import { leaving } from '../../../model/migrate/adopt/old-state-words';
import type { Review } from '../../../model/review';
import { vmArgument } from '../../../model/terraform/arguments';
import { ROLE_FACTS } from '../../../model/cluster/roles';
import { count, some } from '../../../model/support/text';
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
  const inPlace = nodes
    .filter(({ action }) => action === 'import' || action === 'update')
    .flatMap(({ name, changes }) =>
      [...new Set(changes.map(({ what }) => what))].map((what) => ({ what, name })),
    );
  if (inPlace.length === 0) return ['Nothing changes in the VMs.'];
  const lines = [...groupBy(inPlace, ({ what }) => what)].map(([what, changed]) => {
    const names = some(
      changed.map(({ name }) => name),
      4,
    );
    return `  ${what} (${names})${reason(what) === '' ? '' : `: ${reason(what)}`}`;
  });
  return ['Changed in place, while the VMs run:', ...lines.sort()];
}

const reason = (what: string): string =>
  Object.entries(WANTED).find(([path]) => vmArgument(path).label === what)?.[1] ?? '';

/** What stays as it is although new VMs of this project would have it otherwise. */
export function keptLines(adoptions: readonly Adoption[]): string[] {
  const keeping = adoptions.filter(({ ignoreChanges }) => ignoreChanges.length > 0);
  if (keeping.length === 0) return [];
  const byList = groupBy(keeping, ({ ignoreChanges }) => ignoreChanges.join(', '));
  return [
    'Left as it is, by ignore_changes; take an entry out to have it as new VMs have it:',
    ...[...byList].map(
      ([text, alike]) =>
        `  ${some(
          alike.map(({ vm }) => vm.name),
          4,
        )}: ${text}`,
    ),
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
    ...stacks.map(
      (stack) =>
        `  (cd cdktf.out/stacks/${stack} && terraform init && terraform apply -parallelism=${APPLY_PARALLELISM})`,
    ),
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

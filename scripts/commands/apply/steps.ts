import { parseAllDocuments } from 'yaml';
import { stepsTo } from '../../../model/omni/apply-checks';
import type { LiveCluster } from '../../../model/omni/live-cluster';
import { controlPlanesOf, type WantedCluster } from '../../../model/omni/membership';
import type { ControlPlaneStep } from '../../../model/omni/quorum';
import type { TemplateDocument } from '../../../model/templates/render';
import type { Omnictl } from '../../lib/omni/omnictl';
import type { OmniProblem } from '../../lib/omni/problems';
import type { PreparedSync } from './prepare';

/** One sync of several. */
export interface Step {
  /** What it is for, in words; "" for a sync that is the only one. */
  readonly title: string;
  /** Text of the template; absent for the last, which is the generated file. */
  readonly template?: string;
  /** What must hold before the next step. */
  readonly wanted: WantedCluster;
}

/**
 * Cuts a sync into steps, of which each removes one control plane at most. A machine that is still to leave keeps the machine
 * configuration that Omni has for it until then.
 */
export async function syncSteps(
  omnictl: Omnictl,
  prepared: PreparedSync,
  live: LiveCluster,
): Promise<{ readonly steps: readonly Step[] } | { readonly problem: OmniProblem }> {
  const { wanted, template } = prepared;
  const whole = { wanted, ...(template === undefined ? {} : { template }) };
  const planned = stepsTo(wanted, live);
  if (planned.length <= 1) return { steps: [{ title: '', ...whole }] };
  const exported = await omnictl.call(['cluster', 'template', 'export', '-c', wanted.name]);
  if ('problem' in exported) return exported;
  const present = machineDocuments(exported.text);
  const steps = planned.map((step, index): Step => {
    const title = `step ${index + 1} of ${planned.length}: ${stepWords(step, live)}`;
    if (index === planned.length - 1) return { title, ...whole };
    const members = membersIn(step, wanted, live);
    return {
      title,
      template: stepTemplate(prepared.documents, step, present),
      wanted: { ...wanted, members, patches: new Set() },
    };
  });
  return { steps };
}

function stepWords({ removes }: ControlPlaneStep, { members }: LiveCluster): string {
  if (removes === undefined) return 'new control planes join';
  const name = members.find(({ id }) => id === removes)?.name;
  return `control plane ${name || removes} leaves`;
}

/** The members of the template, but the control planes of a step. */
function membersIn(
  { machines }: ControlPlaneStep,
  { name, members }: WantedCluster,
  live: LiveCluster,
): WantedCluster['members'] {
  const set = controlPlanesOf(name);
  const known = new Map([...live.members, ...members].map((member) => [member.id, member]));
  return [
    ...machines.map((id) => ({ id, name: known.get(id)?.name || id, set })),
    ...members.filter((member) => member.set !== set),
  ];
}

/** The Machine documents of an exported template, as text by machine id. */
function machineDocuments(text: string): Map<string, string> {
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);
  return new Map(
    documents
      .filter(({ kind }) => kind === 'Machine')
      // JSON is YAML.
      .map((document) => [String(document['name']), `${JSON.stringify(document)}\n`]),
  );
}

function stepTemplate(
  documents: readonly TemplateDocument[],
  { machines }: ControlPlaneStep,
  present: ReadonlyMap<string, string>,
): string {
  const wanted = new Set(
    documents.filter(({ kind }) => kind === 'Machine').map(({ value }) => String(value['name'])),
  );
  const planes = documents.find(({ kind }) => kind === 'ControlPlane')?.value ?? {};
  const later = new Set((planes['machines'] as string[]).filter((id) => !machines.includes(id)));
  const texts = documents
    .filter(({ kind, value }) => kind !== 'ControlPlane' && !later.has(String(value['name'])))
    .map(({ text }) => text);
  const leaving = machines.filter((id) => !wanted.has(id)).flatMap((id) => present.get(id) ?? []);
  return [...texts, `${JSON.stringify({ ...planes, machines })}\n`, ...leaving]
    .map((text) => `---\n${text}`)
    .join('');
}

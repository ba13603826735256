import { VM_DEFAULTS } from '../cluster/vm';
import { CPU_MODELS, isCustomModel } from './lib/cpu-models';
import { nearest } from '../support/text';
import { clusterRule, error, written } from './lib/rule';

/** Written with flags or keys, as in the configuration of a VM. */
const PROPERTIES = /[,=;]/;

export const cpuTypeUnknown = clusterRule(
  'cpu-type-unknown',
  'CPU types are models of Proxmox VE, or `custom-…` for one that its servers define',
  function* (cluster) {
    for (const { path, value } of written(cluster, 'cpu_type')) {
      const problem = cpuTypeProblem(value);
      if (problem !== undefined) yield error(path, problem);
    }
  },
);

/** What is wrong with a CPU type; `undefined` if Proxmox knows it. */
export function cpuTypeProblem(value: string): string | undefined {
  if (CPU_MODELS.has(value) || isCustomModel(value)) return undefined;
  if (PROPERTIES.test(value))
    return `"${value}" is more than the name of a CPU model; write the name alone, e.g. host`;
  const near = nearest(value, [...CPU_MODELS]);
  const own = `custom-${value.replace(/^custom-?/, '').replace(/[^\w-]/g, '-') || '<name>'}`;
  const offer =
    near === undefined
      ? `write host or ${VM_DEFAULTS.cpuType}, or ${own} for one that its servers define`
      : `did you mean "${near}"?`;
  return `Proxmox VE knows no CPU model "${value}"; ${offer}`;
}

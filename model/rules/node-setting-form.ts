import { labelProblem } from './lib/labels';
import { roleOf } from '../talos/written-patches';
import { clusterRule, error, written } from './lib/rule';

export const nodeSettingForm = clusterRule(
  'node-setting-form',
  'Node labels, kernel parameters and kernel arguments are ones that Kubernetes and Linux accept',
  function* (cluster) {
    for (const { path, value, block } of written(cluster, 'node_labels'))
      for (const [name, text] of Object.entries(value)) {
        const problem = labelProblem(name, text, roleOf(block.path, block.values));
        if (problem) yield { ...error([...path, name], problem.message), atKey: problem.of === 'key' };
      }
    for (const { path, value } of written(cluster, 'sysctls'))
      for (const [name, text] of Object.entries(value)) {
        if (!/^[a-z0-9_]+(?:[./][A-Za-z0-9_-]+)+$/.test(name))
          yield {
            ...error([...path, name], `"${name}" is not a kernel parameter; write it like vm.max_map_count`),
            atKey: true,
          };
        else if (text.trim() === '' || text.includes('\n'))
          yield error([...path, name], 'a kernel parameter is one line that is not empty; correct it');
      }
    for (const { path, value } of written(cluster, 'kernel_args'))
      for (const [i, text] of value.entries()) {
        if (!/^[!-~]+$/.test(text))
          yield error(
            [...path, i],
            `"${text}" is not one kernel argument; write each as an item of its own, without spaces`,
          );
        else if (/^(?:siderolink\.|talos\.(?:config|platform|logging|events))/.test(text))
          yield error([...path, i], `${text.replace(/=.*/s, '')} is set by Omni or by the image; remove it`);
      }
  },
);

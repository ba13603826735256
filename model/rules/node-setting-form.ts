import { clusterRule, error, written } from './rule';

const LABEL_NAME = /^(?:[a-z0-9][a-z0-9.-]{0,252}\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/;

/** A kubelet may not give itself these: Kubernetes refuses the node. */
const REFUSED = /^(?:[a-z0-9.-]+\.)?(?:kubernetes|k8s)\.io\//;
const ALLOWED =
  /^(?:topology\.kubernetes\.io\/(?:zone|region)|node\.kubernetes\.io\/instance-type|(?:[a-z0-9.-]+\.)?(?:kubelet|node)\.kubernetes\.io\/.+)$/;

export const nodeSettingForm = clusterRule(
  'node-setting-form',
  'Node labels, kernel parameters and kernel arguments are such as Kubernetes and Linux take',
  function* (cluster) {
    for (const { path, value } of written(cluster, 'node_labels'))
      for (const [name, text] of Object.entries(value)) {
        const at = [...path, name];
        if (!LABEL_NAME.test(name))
          yield {
            ...error(at, `"${name}" is no name of a label; write it like example.com/tier`),
            atKey: true,
          };
        else if (REFUSED.test(name) && !ALLOWED.test(name))
          yield {
            ...error(
              at,
              `Kubernetes lets no node give itself the label "${name}"; set it with kubectl, or choose a prefix of your own`,
            ),
            atKey: true,
          };
        else if (!LABEL_VALUE.test(text))
          yield error(
            at,
            `"${text}" is no value of a label: at most 63 letters, digits, ".", "_" and "-"; correct it`,
          );
      }
    for (const { path, value } of written(cluster, 'sysctls'))
      for (const [name, text] of Object.entries(value)) {
        if (!/^[a-z0-9_]+(?:[./][A-Za-z0-9_-]+)+$/.test(name))
          yield {
            ...error([...path, name], `"${name}" is no kernel parameter; write it like vm.max_map_count`),
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

import { didYouMean } from '../support/text';
import { runRule, warning } from './lib/rule';

export const pciMappingUnused = runRule(
  'pci-mapping-unused',
  'Where GPU workers are, a PCI mapping that is made is used by one of them',
  function* (clusters) {
    const used = new Set(
      clusters.flatMap(({ nodes }) => nodes.flatMap(({ gpuMappings }) => [...gpuMappings])),
    );
    // Without GPU workers it is there for what comes, or what was.
    if (used.size === 0) return;
    const made = new Set(clusters.flatMap(({ pciMappings }) => pciMappings.map(({ name }) => name)));
    const unknown = [...used].filter((name) => !made.has(name));
    for (const cluster of clusters) {
      for (const { name, path } of cluster.pciMappings) {
        if (used.has(name)) continue;
        const meant = didYouMean(name, unknown).replace(
          /^; did you mean (.*)\?$/,
          '; gpu_mappings names $1, which is not made here: correct one of them',
        );
        const message = `mapping "${name}" is made, and no node uses it${meant || '; name it in gpu_mappings, or remove it'}`;
        yield { ...warning(path, message), atKey: true, cluster };
      }
    }
  },
);

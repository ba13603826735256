import { byPlace, repeated } from './lib/places';
import { clusterRule, error, warning, written } from './lib/rule';

const MAX_DEVICES = 16;

export const gpuVmShape = clusterRule(
  'gpu-vm-shape',
  'A VM with PCI mappings is a q35 with at most 16 of them, each once, and better starts with ovmf',
  function* (cluster) {
    for (const { path, value } of written(cluster, 'gpu_mappings')) {
      if (value.length > MAX_DEVICES) {
        yield error(
          path,
          `${value.length} PCI mappings, but a VM takes at most ${MAX_DEVICES}; remove ${value.length - MAX_DEVICES}`,
        );
      }
      for (const [i, name] of repeated(value))
        yield error([...path, i], `"${name}" is in this list already; remove it`);
    }
    const gpu = cluster.nodes.filter(({ gpuMappings }) => gpuMappings.length > 0);
    for (const { path } of byPlace(
      // An adopted VM has its device as it is, without PCIe.
      gpu.filter(({ machine, adopted }) => machine !== 'q35' && !adopted),
      'machine',
    )) {
      yield error(
        path,
        'PCI mappings are passed as PCIe, which needs machine q35; write q35 for nodes with a GPU',
      );
    }
    // The firmware of an existing VM cannot be changed without installing it again.
    if (cluster.source.starter) return;
    for (const { path } of byPlace(
      gpu.filter(({ bios, adopted }) => bios !== 'ovmf' && !adopted),
      'bios',
    )) {
      yield warning(path, 'many GPUs do not work behind seabios; write ovmf for nodes with a GPU');
    }
  },
);

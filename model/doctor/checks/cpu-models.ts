import { COMMON_MODELS, isCustomModel } from '../../rules/lib/cpu-models';
import { oneOf } from '../../rules/lib/names';
import { byPlace, nodeNames } from '../../rules/lib/places';
import { error } from '../../rules/lib/rule';
import { nearest } from '../../support/text';
import { liveCheck, need } from '../lib/check';

/** Models that not every version has, or that somebody has to define. */
export const cpuModels = liveCheck('live-object-missing', 'CPU models', function* ({ server, nodes, live }) {
  const special = nodes.filter(({ cpuType }) => !COMMON_MODELS.includes(cpuType));
  for (const cpuType of new Set(special.map((node) => node.cpuType))) {
    const known = need(live.cpuModels);
    if (known.includes(cpuType)) continue;
    const custom = isCustomModel(cpuType);
    const others = known.filter((name) => isCustomModel(name) === custom).sort();
    const define = 'define it in /etc/pve/virtual-guest/cpu-models.conf';
    const offer = custom && nearest(cpuType, others) === undefined ? define : oneOf(cpuType, others);
    for (const place of byPlace(
      special.filter((node) => node.cpuType === cpuType),
      'cpu_type',
    )) {
      const message = `no CPU model "${cpuType}" on "${server.key}" (Proxmox VE ${live.version}) for ${nodeNames(place.nodes)}; ${offer}`;
      yield error(place.path, message);
    }
  }
});

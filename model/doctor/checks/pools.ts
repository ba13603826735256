import { oneOf } from '../../rules/lib/names';
import { error, warning } from '../../rules/lib/rule';
import { liveCheck, need } from '../lib/check';
import { isOfCluster } from '../lib/guests';

export const pools = liveCheck('live-object-missing', 'resource pool', function* ({ cluster, server, live }) {
  const pool = cluster.resourcePool;
  if (!pool) return;
  const known = need(live.site.pools);
  if (!pool.create) {
    if (known.includes(pool.id)) return;
    const offer = known.length > 0 ? `write create: true, or ${oneOf(pool.id, known)}` : 'write create: true';
    yield error(['resource_pool', 'id'], `no resource pool "${pool.id}" on "${server.key}"; ${offer}`);
  } else if (
    known.includes(pool.id) &&
    !need(live.site.guests).some((guest) => isOfCluster(guest, cluster))
  ) {
    // With VMs of ours it is the one that an earlier apply made.
    yield warning(
      ['resource_pool', 'create'],
      `resource pool "${pool.id}" exists on "${server.key}" without a VM of this cluster; if no apply of yours made it, write create: false`,
    );
  }
});

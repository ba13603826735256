import { error, warning } from '../../rules/lib/rule';
import { liveCheck } from '../lib/check';
import { imagesOf } from '../lib/places';
import { atLeast } from '../../proxmox/version';

/** Newest major version that the pinned provider was made for. */
const NEWEST = 9;

export const version = liveCheck('pve-version-feature', 'version', function* ({ server, nodes, live }) {
  const path = [...server.path, 'api_url'];
  if (!atLeast(live.version, 8, 0)) {
    yield error(path, `"${server.key}" runs Proxmox VE ${live.version}; update it to 8.4 or newer`);
    return;
  }
  if (atLeast(live.version, NEWEST + 1, 0)) {
    yield warning(
      path,
      `"${server.key}" runs Proxmox VE ${live.version}, which the provider does not know yet; try a plan on one node first`,
    );
  }
  if (atLeast(live.version, 8, 4)) return;
  for (const { key, source } of imagesOf(nodes)) {
    if (source.kind !== 'download' || source.content !== 'import') continue;
    const message = `"${server.key}" runs Proxmox VE ${live.version}, and disk images are imported from 8.4 on; update it, or take the .iso`;
    yield error(['images', key], message);
  }
});

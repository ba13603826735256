import { error } from '../../rules/lib/rule';
import { oneOf } from '../../rules/lib/names';
import { liveCheck, need } from '../lib/check';

export const nodeName = liveCheck('live-server-access', 'node name', function* ({ server, live }) {
  const nodes = need(live.nodes);
  const known = nodes.map(({ node }) => node).sort();
  const own = nodes.find(({ node }) => node === server.nodeName);
  const path = [...server.path, 'node_name'];
  if (!own)
    yield error(path, `no node "${server.nodeName}" on "${server.key}"; ${oneOf(server.nodeName, known)}`);
  else if (own.status === 'offline') yield error(path, `node "${server.nodeName}" is offline; start it`);
});

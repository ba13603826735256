import { addressProblem, subnetOf } from './lib/addresses';
import { eg, FreeAddresses } from './lib/free-addresses';
import { clusterRule, error, warning } from './lib/rule';
import { count } from '../support/text';

const PATH = ['standalone', 'endpoint'];

export const clusterEndpoint = clusterRule(
  'cluster-endpoint',
  'A cluster without Omni has an endpoint of its Kubernetes API that stays: an https address of a host alone',
  function* (cluster) {
    const { management, nodes } = cluster;
    if (management.kind !== 'standalone') return;
    const controlPlanes = nodes.filter(({ role }) => role === 'control-plane');
    if (management.endpoint === '' && controlPlanes.length > 1) {
      const free = new FreeAddresses([cluster], cluster, 'management');
      yield error(
        cluster.definition.standalone ? PATH : ['management'],
        `${count(controlPlanes.length, 'control plane')} need one address for all; write standalone.vip: a free address of the management network${eg(free.take())}, or standalone.endpoint: that of a load balancer`,
      );
    }
    const written = cluster.definition.standalone?.endpoint;
    if (written === undefined) return;
    const host = HOST.exec(written)?.[1];
    if (host === undefined || !/^https:\/\//.test(written) || /[/?#]./.test(written.slice(8))) {
      const like = host ?? '192.168.10.50:6443';
      yield error(PATH, `"${written}" is not an https address of a host alone; write https://${like}`);
      return;
    }
    const bare = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
    if (/^[\d.]+$/.test(bare)) {
      const problem = addressProblem(bare, subnetOf(cluster, 'management'));
      if (problem !== undefined) yield error(PATH, problem);
    }
    const one = controlPlanes.find(({ nics }) => nics[0]?.ip === bare);
    if (one && controlPlanes.length > 1)
      yield warning(
        PATH,
        `this is ${one.name} alone: without it the cluster has no API; write standalone.vip: a free address, or the address of a load balancer`,
      );
  },
);

/** Host with port, after whatever scheme and credentials. */
const HOST = /^(?:[a-z]+:\/\/)?(?:[^\s/@]*@)?([A-Za-z0-9.-]+(?::\d+)?|\[[0-9a-fA-F:]+\](?::\d+)?)(?:[/?#]|$)/;

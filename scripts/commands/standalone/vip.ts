import type { Node } from '../../../model/cluster/cluster';
import { foreignMachine } from '../../../model/talos/identify';
import { some } from '../../../model/support/text';
import { askPort, type PortState } from '../../lib/platform/port';
import { identifyInsecurely } from '../../lib/talos/nodes';
import type { Standalone } from './context';

/** Who answers at the address that control planes share, at a time when none of them can have it yet. */
interface Squatter {
  /** For a person. */
  readonly who: string;
  /** Somebody is there; else it may be a firewall that refuses. */
  readonly isSure: boolean;
}

/** What machines are usually reached by, so that a person knows what to look for. */
const PORTS: Readonly<Record<number, string>> = {
  50000: 'Talos',
  6443: 'Kubernetes',
  22: 'SSH',
  443: 'HTTPS',
  80: 'HTTP',
  8006: 'Proxmox VE',
};

/** @returns undefined where nobody answers */
export async function squatterAt(
  { access, cluster }: Pick<Standalone, 'access' | 'cluster'>,
  vip: string,
): Promise<Squatter | undefined> {
  const ports = Object.keys(PORTS).map(Number);
  const states = await Promise.all(ports.map((port) => askPort(vip, port)));
  const open = ports.filter((_, i) => states[i] === 'open');
  if (open.includes(50000)) return { who: await talosAt(access, cluster.nodes, vip), isSure: true };
  if (open.length > 0) {
    const named = open.map((port) => `${port} (${PORTS[port] ?? ''})`);
    return { who: `a machine answers there at port ${some(named)}`, isSure: true };
  }
  return isRefused(vip, states)
    ? { who: 'a machine, or a firewall on the way, refuses connections there', isSure: false }
    : undefined;
}

/** This computer itself answers for all addresses of 127.0.0.0/8, whoever has them. */
const isRefused = (address: string, states: readonly PortState[]): boolean =>
  states.includes('refused') && !address.startsWith('127.');

async function talosAt(access: Standalone['access'], nodes: readonly Node[], vip: string): Promise<string> {
  const found = await identifyInsecurely(access, vip);
  if ('problem' in found)
    return 'a node of another Talos cluster answers there, or something else at port 50000';
  const { identity } = found;
  const own = nodes.find((node) => foreignMachine(node, identity) === undefined);
  return own
    ? `the machine of ${own.name} answers there, in maintenance mode; does it get this address by DHCP?`
    : `a machine in maintenance mode answers there, with UUID ${identity.uuid} and MAC ${some(identity.macs)}`;
}

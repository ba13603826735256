import {
  selectVms,
  type Candidate,
  type FoundNode,
  type SelectedVm,
  type Wanted,
} from '../../../model/migrate/adopt/select';
import { volumes } from '../../../model/migrate/adopt/talos/keys';
import type { RunningNode } from '../../../model/migrate/adopt/talos/running-node';
import { cloudInitAddress, nicsOf, type FoundVm } from '../../../model/migrate/adopt/vm';
import { diagnostic, type Diagnostic } from '../../../model/diagnostics/diagnostics';
import type { ServerDraft } from '../../../model/cluster/definition/draft';
import type { Source } from '../../../model/diagnostics/source';
import { accessFindings } from '../../../model/doctor/access';
import type { AgentNics, GuestConfig } from '../../../model/proxmox/answers';
import { hasAgent, macsOf, uuidOf } from '../../../model/proxmox/config';
import type { Adoption } from '../../../model/migrate/adopt/definition';
import { atOnce } from '../../lib/platform/at-once';
import type { Collector } from '../../lib/proxmox/collect';

/** What is on the servers of what was asked for. */
export interface Survey {
  readonly adoptions: readonly Adoption[];
  /** Of the definition: servers that cannot be asked. */
  readonly diagnostics: readonly Diagnostic[];
  /** Of the VMs, in words. */
  readonly problems: readonly string[];
}

/**
 * Finds the VMs on the servers and reads them. Nothing is changed.
 *
 * @param nodes of a running cluster, whose VMs are wanted
 */
export async function survey(
  servers: readonly ServerDraft[],
  wanted: Wanted,
  source: Source,
  collector: Collector,
  nodes?: readonly RunningNode[],
): Promise<Survey> {
  const { candidates, diagnostics } = await allVms(servers, source, collector);
  if (diagnostics.length > 0) return { adoptions: [], diagnostics, problems: [] };
  const running = nodes && { running: await vmsOf(nodes, candidates, collector) };
  const { chosen, problems } = selectVms({ ...wanted, ...running }, candidates);
  if (problems.length > 0) return { adoptions: [], diagnostics, problems };
  const read = await Promise.all(chosen.map((one) => readVm(one, collector)));
  return {
    adoptions: read.flatMap((one) => ('problem' in one ? [] : [one])),
    diagnostics,
    problems: read.flatMap((one) => ('problem' in one ? [one.problem] : [])),
  };
}

async function allVms(
  servers: readonly ServerDraft[],
  source: Source,
  collector: Collector,
): Promise<{ candidates: Candidate[]; diagnostics: Diagnostic[] }> {
  const answers = await collector.guests(servers);
  const candidates: Candidate[] = [];
  const diagnostics: Diagnostic[] = [];
  const sites = new Set<string>();
  for (const server of servers) {
    const answer = answers.get(server.key);
    if (answer && 'problem' in answer) {
      for (const { rule, path, message, atKey } of accessFindings(server, answer))
        diagnostics.push(diagnostic(source, rule, path, message, { of: atKey ? 'key' : 'value' }));
    } else if (answer && 'ok' in answer && !answer.ok) {
      diagnostics.push(
        diagnostic(
          source,
          'live-server-access',
          server.path,
          `the VMs of "${server.key}" cannot be listed: ${answer.reason}`,
        ),
      );
    } else if (answer && 'ok' in answer && !sites.has(server.site)) {
      sites.add(server.site);
      for (const guest of answer.value) {
        const host = servers.find(({ site, nodeName }) => site === server.site && nodeName === guest.node);
        if (host) candidates.push({ guest, server: host });
      }
    }
  }
  return { candidates, diagnostics };
}

/** Which VM a node is: that with its UUID, else that with one of its MAC addresses. */
async function vmsOf(
  nodes: readonly RunningNode[],
  candidates: readonly Candidate[],
  collector: Collector,
): Promise<FoundNode[]> {
  const vms = candidates.filter(({ guest }) => guest.type === 'qemu' && !guest.template);
  const configs = await atOnce(CALLS, vms, async ({ guest, server }) => {
    const answer = await collector.config(server, guest);
    return answer.ok ? answer.value : {};
  });
  const find = (is: (config: GuestConfig) => boolean): Candidate | undefined => vms[configs.findIndex(is)];
  return nodes.map((node) => {
    const { uuid, macs } = node.identity;
    const vm =
      (uuid === '' ? undefined : find((config) => uuidOf(config) === uuid)) ??
      find((config) => macsOf(config).some((mac) => macs.includes(mac.toLowerCase())));
    return { node, ...(vm ? { vm } : {}) };
  });
}

const CALLS = 8;

async function readVm(
  chosen: SelectedVm,
  collector: Collector,
): Promise<Adoption | { readonly problem: string }> {
  const { guest, server, name, role, index, input, state, running: node } = chosen;
  const { config, agent } = await collector.vm(server, guest);
  const who = `VM ${guest.vmid} on ${guest.node} (${name})`;
  if (!config.ok) return { problem: `${who}: its configuration cannot be read: ${config.reason}` };
  const running = guest.status === 'running';
  if (running && agent && !agent.ok && hasAgent(config.value))
    return {
      problem: `${who}: its guest agent is switched on but does not answer (${agent.reason}), and every plan would wait 15 minutes for it; start the agent, or switch it off: qm set ${guest.vmid} --agent 0`,
    };
  const told = agent?.ok ? agentAddress(agent.value, config.value) : undefined;
  const ip = node?.address || input.ip_address || cloudInitAddress(config.value) || state?.ip || told;
  const vm: FoundVm = {
    name,
    role,
    index,
    running,
    config: config.value,
    server: server.key,
    vmId: guest.vmid,
    agent: agent?.ok ?? false,
    ...(ip === undefined ? {} : { ip }),
    ...(node ? { volumes: volumes(node.documents) } : {}),
  };
  return { vm, input, tags: guest.tags, ignoreChanges: [], ...(node ? { running: node } : {}) };
}

/** The first address of the management NIC, beside link-local ones. */
function agentAddress(nics: AgentNics, config: GuestConfig): string | undefined {
  const mac = nicsOf(config)[0]?.mac;
  const own = nics.find((nic) => nic['hardware-address']?.toUpperCase() === mac);
  return own?.['ip-addresses']
    .map((address) => address['ip-address'])
    .find((address) => !/^(127\.|169\.254\.|fe80:|::1)/.test(address));
}

import { bridgeOf } from '../../../model/init/propose';
import { freeGpus } from '../../../model/init/place';
import type { Survey } from '../../../model/init/survey';
import {
  DEFAULT_KUBERNETES,
  DEFAULT_TALOS,
  FORGES,
  MODES,
  type Forge,
  type Mode,
  type Wishes,
} from '../../../model/init/wishes';
import { formatSubnet, parseSubnet } from '../../../model/support/net';

/** What flags and answers say, as text; absent what nobody has said. */
export type Answers = Readonly<Partial<Record<QuestionKey, string>>>;

type QuestionKey =
  | 'name'
  | 'management'
  | 'omniEndpoint'
  | 'talosVersion'
  | 'kubernetesVersion'
  | 'bridge'
  | 'vlan'
  | 'subnet'
  | 'gateway'
  | 'dns'
  | 'dhcpRange'
  | 'firstIp'
  | 'vip'
  | 'controlPlanes'
  | 'workers'
  | 'gpuWorkers'
  | 'forge';

export interface Question {
  readonly key: QuestionKey;
  readonly flag: string;
  readonly text: string;
  readonly choices?: readonly string[];
  /** May be left empty. */
  readonly optional?: true;
  /** What is proposed; undefined where only a person knows. */
  readonly suggest: (survey: Survey, soFar: Answers) => string | undefined;
  /** Whether it matters at all. @default always */
  readonly when?: (survey: Survey, soFar: Answers) => boolean;
  /** What is wrong with an answer. */
  readonly check?: (answer: string) => string | undefined;
}

const number = (answer: string): string | undefined =>
  /^\d{1,4}$/.test(answer) ? undefined : 'is no whole number';
const version = (answer: string): string | undefined =>
  /^v\d+\.\d+\.\d+/.test(answer) ? undefined : 'is no version like v1.12.0';
const none = (): undefined => undefined;

/** The bridge that is meant, as the first server has it. */
function bridgeSeen(survey: Survey, { bridge }: Answers) {
  const [first] = Object.values(survey.servers);
  return first && (first.bridges.find(({ name }) => name === bridge) ?? bridgeOf(first));
}

/** In a VLAN, the addresses of the servers say nothing of those of the nodes. */
const networkSeen = (survey: Survey, soFar: Answers) =>
  (soFar.vlan ?? '0') === '0' ? bridgeSeen(survey, soFar) : undefined;

const serversOf = ({ servers }: Survey): number => Object.keys(servers).length;

/** In the order in which they are asked. */
export const QUESTIONS: readonly Question[] = [
  {
    key: 'name',
    flag: '--name',
    text: 'Name of the cluster',
    suggest: () => 'home',
    check: (answer) =>
      /^[a-z][a-z0-9-]{0,30}$/.test(answer) ? undefined : 'is no name of small letters, digits and -',
  },
  {
    key: 'management',
    flag: '--management',
    text: 'What makes a cluster of the VMs: omni (Sidero Omni) or standalone (talosctl)',
    choices: MODES,
    suggest: none,
  },
  {
    key: 'omniEndpoint',
    flag: '--omni-endpoint',
    text: 'Address of your Omni',
    suggest: none,
    when: (_, { management }) => management === 'omni',
    check: (answer) =>
      /^https?:\/\/\S+$/.test(answer) ? undefined : 'is no address like https://omni.example.com',
  },
  {
    key: 'talosVersion',
    flag: '--talos-version',
    text: 'Talos version',
    suggest: () => DEFAULT_TALOS,
    check: version,
  },
  {
    key: 'kubernetesVersion',
    flag: '--kubernetes-version',
    text: 'Kubernetes version',
    suggest: () => DEFAULT_KUBERNETES,
    check: version,
  },
  {
    key: 'bridge',
    flag: '--bridge',
    text: 'Bridge of the nodes',
    optional: true,
    suggest: (survey) => {
      const names = Object.values(survey.servers).map((server) => bridgeOf(server)?.name);
      return new Set(names).size === 1 ? names[0] : undefined;
    },
  },
  {
    key: 'vlan',
    flag: '--vlan',
    text: 'VLAN of the nodes, 0 for none',
    suggest: () => '0',
    check: number,
  },
  {
    key: 'subnet',
    flag: '--subnet',
    text: 'Network of the nodes, with its prefix',
    suggest: (survey, soFar) => {
      const subnet = parseSubnet(networkSeen(survey, soFar)?.address ?? '');
      return subnet && formatSubnet(subnet);
    },
    check: (answer) => (parseSubnet(answer) ? undefined : 'is no network like 192.168.10.0/24'),
  },
  {
    key: 'gateway',
    flag: '--gateway',
    text: 'Default gateway there',
    suggest: (survey, soFar) => networkSeen(survey, soFar)?.gateway,
  },
  {
    key: 'dns',
    flag: '--dns',
    text: 'Name servers, with commas between',
    suggest: (_, { gateway }) => gateway,
  },
  {
    key: 'dhcpRange',
    flag: '--dhcp-range',
    text: 'Addresses that a DHCP server hands out there, first-last (empty: none, or not known)',
    optional: true,
    suggest: none,
  },
  {
    key: 'firstIp',
    flag: '--first-ip',
    text: 'First address for nodes (empty: the first that are free as far as the servers know)',
    optional: true,
    suggest: none,
  },
  {
    key: 'vip',
    flag: '--vip',
    text: 'Free address that the control planes share (empty: the first for nodes)',
    optional: true,
    suggest: none,
    when: (_, { management }) => management === 'standalone',
  },
  {
    key: 'controlPlanes',
    flag: '--control-planes',
    text: 'Control planes: an odd number',
    suggest: (survey) => (serversOf(survey) >= 3 ? '3' : '1'),
    check: number,
  },
  {
    key: 'workers',
    flag: '--workers',
    text: 'Workers',
    suggest: (survey) => String(serversOf(survey)),
    check: number,
  },
  {
    key: 'gpuWorkers',
    flag: '--gpu-workers',
    text: 'Workers with a GPU of their own',
    suggest: () => '0',
    when: (survey) => freeGpus(survey).length > 0,
    check: number,
  },
  {
    key: 'forge',
    flag: '--forge',
    text: 'Forge that runs pipelines',
    choices: FORGES,
    suggest: () => 'none',
  },
];

/** Answers as what is asked for; the questions have checked them. */
export function wishesOf(answers: Answers): Wishes {
  const { name = '', management = '', omniEndpoint, bridge, dhcpRange, firstIp, vip } = answers;
  const given = { omniEndpoint, bridge, dhcpRange, firstIp, vip };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value)),
    name,
    management: management as Mode,
    talosVersion: answers.talosVersion ?? DEFAULT_TALOS,
    kubernetesVersion: answers.kubernetesVersion ?? DEFAULT_KUBERNETES,
    vlan: Number(answers.vlan ?? 0),
    subnet: answers.subnet ?? '',
    gateway: answers.gateway ?? '',
    dns: (answers.dns ?? '').split(/[,\s]+/).filter((one) => one !== ''),
    controlPlanes: Number(answers.controlPlanes),
    workers: Number(answers.workers),
    gpuWorkers: Number(answers.gpuWorkers ?? 0),
  };
}

export const forgeOf = (answers: Answers): Forge => (answers.forge ?? 'none') as Forge;

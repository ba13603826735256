import { InvalidArgumentError, Option, type Command } from 'commander';
import { FORGES, MODES } from '../model/init/wishes';
import { serverUrl } from './commands/init/address';
import type { Answers } from './commands/init/questions';
import { collect, seconds } from './lib/project/flags';
import type { NamedServer } from './lib/proxmox/survey';
import type { Io } from '../model/diagnostics/io';

interface InitFlags extends Answers {
  readonly into: string;
  readonly server: readonly NamedServer[];
  readonly insecure?: boolean;
  readonly fromServers?: string;
  readonly updateServers?: boolean;
  readonly ageRecipient: readonly string[];
  readonly yes?: boolean;
  readonly timeout: number;
}

/** Adds the command that makes a repository of one's own. */
export function addInitCommand(program: Command, io: Io, exit: (code: number) => void): void {
  program
    .command('init')
    .summary('make a repository of your own, with a definition that fits your servers')
    .description(
      'Asks your Proxmox VE servers what they have, with GET requests only, proposes a cluster that fits, and writes its definition and the files of a repository around it. What is there already stays as it is.',
    )
    .option('--into <folder>', 'the repository', '.')
    .option(
      '--server <key=address>',
      'a server: its key and address; of a Proxmox cluster, one is enough; may be repeated',
      (text, before: readonly NamedServer[]) => [...before, named(text)],
      [],
    )
    .option('--insecure', 'take certificates of servers unchecked')
    .option('--from-servers <file>', 'do not ask the servers: take what an earlier run has written down')
    .option('--name <name>', 'name of the cluster')
    .addOption(new Option('--management <what>', 'what makes a cluster of the VMs').choices(MODES))
    .option('--omni-endpoint <address>', 'address of your Omni')
    .option('--talos-version <version>', 'Talos version')
    .option('--kubernetes-version <version>', 'Kubernetes version')
    .option('--bridge <name>', 'bridge of the nodes')
    .option('--vlan <number>', 'VLAN of the nodes, 0 for none')
    .option('--subnet <network>', 'network of the nodes, with its prefix')
    .option('--gateway <address>', 'default gateway there')
    .option('--dns <addresses>', 'name servers, with commas between')
    .option('--dhcp-range <first-last>', 'addresses that a DHCP server hands out there')
    .option('--first-ip <address>', 'first address for nodes')
    .option('--vip <address>', 'without Omni: free address that the control planes share')
    .option('--control-planes <number>', 'control planes')
    .option('--workers <number>', 'workers')
    .option('--gpu-workers <number>', 'workers with a GPU of their own')
    .addOption(new Option('--forge <name>', 'forge that runs pipelines').choices(FORGES))
    .option('--age-recipient <key>', 'public key of age for secrets; may be repeated', collect, [])
    .option('--update-servers', 'only write down anew what the servers of a cluster have')
    .option('-y, --yes', 'take what is proposed, and ask only what nobody can propose')
    .option('--timeout <seconds>', 'how long to wait for each answer', seconds, 10)
    .addHelpText(
      'after',
      `
Examples:
  npx talos-proxmox init
  npx talos-proxmox init --server pve1=https://192.168.10.5:8006 --management standalone --yes
  npx talos-proxmox init --name lab --from-servers home.servers.json --management standalone --yes

Without a terminal, or with --yes, proposals are taken, and all that is missing is told at once.

Environment: TF_VAR_proxmox_<server>_api_token, a token that can only look is enough; SSL_CERT_FILE

Exit codes: 0 written, or there already, 1 something is missing or failed: nothing is written, 130 interrupted`,
    )
    .action(async ({ server: servers, ageRecipient, ...flags }: InitFlags) => {
      const { runInit } = await import('./commands/init/init');
      const { interruptible } = await import('./lib/platform/interrupt');
      const {
        into,
        insecure = false,
        updateServers = false,
        yes = false,
        timeout,
        fromServers,
        ...answers
      } = flags;
      const options = {
        ...{ into, servers, insecure, updateServers, yes, timeout, answers },
        ...(fromServers === undefined ? {} : { fromServers }),
        ageRecipients: ageRecipient,
        terminal: process.stdin.isTTY,
        env: process.env,
      };
      exit(await interruptible((signal) => runInit(options, io, signal)));
    });
}

/** Reads `pve1=https://192.168.10.5:8006`. */
function named(text: string): NamedServer {
  const [, key, address = ''] = /^([A-Za-z0-9][A-Za-z0-9_-]*)=(\S+)$/.exec(text) ?? [];
  const url = serverUrl(address);
  if (key === undefined || url === undefined)
    throw new InvalidArgumentError('Write key and address, e.g. pve1=https://192.168.10.5:8006.');
  return { key, url };
}

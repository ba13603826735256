import { Annotations, TerraformStack, TerraformVariable, type TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';
import { ProxmoxProvider, type ProxmoxProviderConfig } from '../../.gen/providers/proxmox/provider';
import type { Server } from '../../model/cluster/cluster';
import { hasErrors } from '../../model/diagnostics/diagnostics';
import { handOver } from '../../model/diagnostics/hand-over';
import { problemTexts } from '../../model/diagnostics/lines';
import { checkServers, type LoneServerProps } from '../../model/load/servers';
import { byBytes } from '../../model/support/text';
import { tokenVariable } from '../../model/cluster/variables';
import { ValidationError } from '../stacks/errors';
import { AddressScope, legalName } from '../stacks/address';
import { checkTree, REACHES } from '../stacks/base-stack';
import { buildNow } from '../stacks/before-synth';
import { create, escaped } from '../stacks/create';
import { Expression, hcl } from '../stacks/expression';

/** A whole token: `user@realm!tokenid=secret`. */
const TOKEN = '^\\S+@\\S+!\\S+=[a-zA-Z0-9-]+$';

/** Patch for the provider arguments of a server. */
export type ProviderTransform = (config: ProxmoxProviderConfig, server: Server) => ProxmoxProviderConfig;

/**
 * The Proxmox servers of a stack: one aliased provider and one sensitive token variable each. There is one registry per
 * stack, so that whoever needs a server gets the same provider.
 */
export class ProxmoxServers extends AddressScope {
  private static readonly ID = 'proxmox-servers';
  private readonly providers = new Map<string, { server: Server; provider: ProxmoxProvider }>();

  /** The registry of the stack that a construct stands in. */
  static of(construct: Construct): ProxmoxServers {
    const stack = TerraformStack.of(construct);
    checkTree(stack);
    const existing = stack.node.tryFindChild(ProxmoxServers.ID);
    return existing instanceof ProxmoxServers ? existing : new ProxmoxServers(stack, ProxmoxServers.ID);
  }

  /**
   * Adds servers by key, in the keys of the `proxmoxServers` of a cluster and with the same rules and defaults.
   *
   * @example
   * ProxmoxServers.of(stack).add({ pve1: { apiUrl: 'https://192.168.10.5:8006/', nodeName: 'pve1' } });
   * @throws ValidationError with all problems of the props
   */
  add(props: Readonly<Record<string, LoneServerProps>>, transform?: ProviderTransform): this {
    const { servers, diagnostics } = checkServers(props, this.node.path);
    handOver(diagnostics);
    const texts = problemTexts(diagnostics);
    if (hasErrors(diagnostics))
      throw new ValidationError(['the servers have problems', ...texts].join('\n  '), this);
    for (const text of texts) Annotations.of(this).addWarning(text);
    this.addServers(servers, transform);
    return this;
  }

  /** All servers of the stack, sorted by key: to make something on each. */
  get servers(): readonly Server[] {
    buildNow(TerraformStack.of(this));
    return [...this.providers.values()].map(({ server }) => server).sort((a, b) => byBytes(a.key, b.key));
  }

  /**
   * Adds servers in the order of their keys: cdktf prints providers in the order of construction.
   *
   * @throws ValidationError if a key is already taken by another server
   */
  addServers(servers: readonly Server[], transform?: ProviderTransform): void {
    for (const server of [...servers].sort((a, b) => byBytes(a.key, b.key))) {
      const known = this.providers.get(server.key)?.server;
      if (!known) {
        const provider = this.createProvider(server, servers, transform);
        this.providers.set(server.key, { server, provider });
      } else if (known.endpoint !== server.endpoint || known.nodeName !== server.nodeName) {
        throw new ValidationError(
          `server "${server.key}" is ${known.endpoint} (${known.nodeName}) and also ${server.endpoint} (${server.nodeName}); rename one`,
          this,
        );
      }
    }
  }

  /** The provider of a server. @throws ValidationError if the server was not added. */
  provider = (serverKey: string): TerraformProvider => this.entry(serverKey).provider;

  /** A server by its key. @throws ValidationError if the server was not added. */
  server = (serverKey: string): Server => this.entry(serverKey).server;

  private entry(serverKey: string): { server: Server; provider: ProxmoxProvider } {
    // A cluster adds its servers when it is made.
    if (!this.providers.has(serverKey)) buildNow(TerraformStack.of(this));
    const entry = this.providers.get(serverKey);
    if (entry) return entry;
    const known = [...this.providers.keys()].join(', ') || 'none';
    throw new ValidationError(`no server "${serverKey}"; known: ${known}`, this);
  }

  private createProvider(
    server: Server,
    servers: readonly Server[],
    transform?: ProviderTransform,
  ): ProxmoxProvider {
    const token = create(TerraformVariable, this, tokenVariable(server.key), {
      type: 'string',
      sensitive: true,
      description: `API token of Proxmox server ${server.key}: user@realm!tokenid=secret`,
    });
    const name = new Expression(`var.${token.friendlyUniqueId}`, token.stringValue);
    token.addValidation({
      condition: hcl`can(regex(${TOKEN}, ${name}))`.template,
      errorMessage: 'Expected the whole API token, user@realm!tokenid=secret.',
    });
    if (server.tokenId) {
      token.addValidation({
        condition: hcl`startswith(${name}, ${`${server.tokenId}=`})`.template,
        errorMessage: escaped(
          `Expected the token with the id ${server.tokenId}, as the definition of server ${server.key} says.`,
        ),
      });
    }
    const config: ProxmoxProviderConfig = {
      alias: legalName(server.key),
      endpoint: server.endpoint,
      apiToken: name.asText,
      insecure: server.insecure,
      minTls: server.minTls,
    };
    const provider = create(
      ProxmoxProvider,
      this,
      `proxmox_${server.key}`,
      config,
      transform && ((safe) => transform(safe, server)),
    );
    const reached = servers.filter(({ site }) => site === server.site).map(({ nodeName }) => nodeName);
    Object.defineProperty(provider, REACHES, { value: reached });
    return provider;
  }
}

import { parseJson } from '../../../model/support/json';

/** A line of what Terraform or OpenTofu says with `-json`. */
interface JsonLine {
  readonly '@message': string;
  readonly type?: string;
  readonly hook?: {
    readonly resource: {
      readonly addr: string;
      readonly resource_type: string;
      readonly resource_name: string;
    };
    readonly action: string;
    readonly elapsed_seconds?: number;
  };
  readonly diagnostic?: ToolMessage;
}

/** An error or a warning. Secrets are taken out by Terraform, but for the code that it shows: that is not read. */
export interface ToolMessage {
  readonly severity: string;
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
  /** Where in the configuration: the line says which variable it is about. */
  readonly snippet?: { readonly code?: string };
}

/** The line as data; none if it is something else. */
export function messagesOf(line: string): JsonLine[] {
  if (!line.startsWith('{')) return [];
  const json = parseJson(line);
  const value = 'value' in json ? (json.value as JsonLine | null) : null;
  return typeof value?.['@message'] === 'string' ? [value] : [];
}

/** Errors and warnings among lines of `-json`. */
export const diagnosticsOf = (text: string): ToolMessage[] =>
  text.split('\n').flatMap((line) => messagesOf(line).flatMap(({ diagnostic }) => diagnostic ?? []));

/** What is said for people, without the frame, as one error. */
export function toolText(text: string): ToolMessage {
  const [, summary = '', detail = ''] =
    /Error: ([^\n]+)\n([\s\S]*)/.exec(text.replace(/^[│╷╵]? ?/gm, '')) ?? [];
  return summary === ''
    ? { severity: 'error', summary: text.trim() || 'it said nothing' }
    : { severity: 'error', summary, detail: detail.trim() };
}

const VERBS: Readonly<Record<string, string>> = { create: 'created', update: 'changed', delete: 'destroyed' };

const KINDS: Readonly<Record<string, string>> = {
  proxmox_virtual_environment_vm: 'VM',
  proxmox_download_file: 'image',
  proxmox_hardware_mapping_pci: 'PCI mapping',
  proxmox_virtual_environment_pool: 'resource pool',
  proxmox_haresource: 'HA resource',
  proxmox_harule: 'HA rule',
};

/** `VM talos-worker-4: created (12 s)`, of a line that says so. */
export function doneLine({ type, hook }: JsonLine): string | undefined {
  const verb = VERBS[hook?.action ?? ''];
  if (type !== 'apply_complete' || !hook || verb === undefined) return undefined;
  const { addr, resource_type, resource_name } = hook.resource;
  const kind = KINDS[resource_type];
  const title = kind === undefined ? addr : `${kind} ${resource_name}`;
  return `${title}: ${verb} (${Math.round(hook.elapsed_seconds ?? 0)} s)`;
}

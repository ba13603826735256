import { z } from 'zod';
import { parseJson } from '../../support/json';

/** A VM as a Terraform state of somebody else has it. */
export interface StateVm {
  /** `module.nodes.proxmox_vm_qemu.worker["a"]` */
  readonly address: string;
  /** The same without the instance: what a `removed` block names. */
  readonly resource: string;
  readonly name: string;
  readonly vmId: number;
  /** Proxmox node. */
  readonly node: string;
  readonly tags: readonly string[];
  /** Words that may tell the role: resource name and key. */
  readonly words: string;
  readonly ip?: string;
}

/** What a state has, or in `problem` why it cannot be read. */
export type OldStateRead =
  { readonly vms: readonly StateVm[]; readonly others: readonly string[] } | { readonly problem: string };

const VALUES = z.record(z.string(), z.unknown());

const RAW = z.object({
  version: z.number(),
  resources: z.array(
    z.object({
      module: z.string().optional(),
      mode: z.string(),
      type: z.string(),
      name: z.string(),
      instances: z.array(
        z.object({ index_key: z.union([z.string(), z.number()]).optional(), attributes: VALUES.nullish() }),
      ),
    }),
  ),
});

interface ShownModule {
  readonly resources?: readonly z.infer<typeof SHOWN_RESOURCE>[] | undefined;
  readonly child_modules?: readonly ShownModule[] | undefined;
}

const SHOWN_RESOURCE = z.object({
  address: z.string(),
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  index: z.union([z.string(), z.number()]).optional(),
  values: VALUES.default({}),
});

const SHOWN_MODULE: z.ZodType<ShownModule> = z.lazy(() =>
  z.object({
    resources: z.array(SHOWN_RESOURCE).optional(),
    child_modules: z.array(SHOWN_MODULE).optional(),
  }),
);

const SHOWN = z.object({ format_version: z.string(), values: z.object({ root_module: SHOWN_MODULE }) });

interface Resource {
  readonly address: string;
  readonly resource: string;
  readonly type: string;
  readonly words: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Reads a state file, or what `terraform show -json` makes of one: VMs of Telmate/proxmox and of bpg/proxmox. No part of the
 * text is repeated in a problem: it may hold secrets.
 */
export function readOldState(text: string): OldStateRead {
  const json = parseJson(text);
  if ('problem' in json)
    return { problem: `${json.problem}; name a terraform.tfstate, or the output of: terraform show -json` };
  const resources = resourcesOf(json.value);
  if (!resources)
    return {
      problem:
        'is neither a Terraform state of version 4 nor the output of terraform show -json; make one with: terraform state pull',
    };
  const vms = resources.flatMap((resource) => vmOf(resource) ?? []);
  const known = new Set(vms.map(({ address }) => address));
  const others = resources.filter(({ address }) => !known.has(address)).map(({ address }) => address);
  return { vms, others };
}

function resourcesOf(json: unknown): Resource[] | undefined {
  const raw = RAW.safeParse(json);
  if (raw.success && raw.data.version === 4) {
    return raw.data.resources
      .filter(({ mode }) => mode === 'managed')
      .flatMap(({ module, type, name, instances }) => {
        const resource = [...(module === undefined ? [] : [module]), type, name].join('.');
        return instances.map(({ index_key: key, attributes }) => ({
          resource,
          type,
          values: attributes ?? {},
          words: `${module ?? ''} ${name} ${key ?? ''}`,
          address: key === undefined ? resource : `${resource}[${JSON.stringify(key)}]`,
        }));
      });
  }
  const shown = SHOWN.safeParse(json);
  return shown.success ? resourcesIn(shown.data.values.root_module) : undefined;
}

function resourcesIn({ resources = [], child_modules = [] }: ShownModule): Resource[] {
  const own = resources
    .filter(({ mode }) => mode === 'managed')
    .map(({ address, type, name, index, values }) => ({
      address,
      type,
      values,
      words: `${address.split(type)[0]} ${name} ${index ?? ''}`,
      resource: index === undefined ? address : address.slice(0, -`[${JSON.stringify(index)}]`.length),
    }));
  return [...own, ...child_modules.flatMap(resourcesIn)];
}

function vmOf({ type, values, ...where }: Resource): StateVm | undefined {
  if (type === 'proxmox_vm_qemu') return telmateVm(values, where);
  if (type !== 'proxmox_virtual_environment_vm' && type !== 'proxmox_vm') return undefined;
  if (values['template'] === true) return undefined;
  const vmId = Number(values['vm_id'] ?? values['id']);
  return {
    ...where,
    vmId,
    name: text(values['name']),
    node: text(values['node_name']),
    tags: words(values['tags']),
    ...address([plannedAddress(values), guestAddress(values)]),
  };
}

/** The id of a Telmate VM is `node/qemu/vmid`. */
function telmateVm(
  values: Resource['values'],
  where: Pick<StateVm, 'address' | 'resource' | 'words'>,
): StateVm {
  const [node = '', , id] = text(values['id']).split('/');
  const configured = /(?:^|,)ip=([^/,]+)\//.exec(text(values['ipconfig0']))?.[1];
  return {
    ...where,
    name: text(values['name']),
    node: text(values['target_node']) || node,
    vmId: Number(values['vmid'] || id),
    tags: words(values['tags']),
    ...address([configured, text(values['default_ipv4_address']), text(values['ssh_host'])]),
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const words = (value: unknown): string[] =>
  (Array.isArray(value) ? value.map(text) : text(value).split(/[;,\s]+/)).filter((word) => word !== '');

const address = (candidates: readonly (string | undefined)[]): { ip?: string } => {
  const ip = candidates.find((candidate) => candidate !== undefined && candidate !== '');
  return ip === undefined ? {} : { ip };
};

const PLANNED = z.tuple([
  z.object({
    ip_config: z.tuple([z.object({ ipv4: z.tuple([z.object({ address: z.string() })]) })]).rest(z.unknown()),
  }),
]);

/** The static address that the state gives to cloud-init. */
function plannedAddress(values: Resource['values']): string | undefined {
  const parsed = PLANNED.safeParse(values['initialization']);
  const found = parsed.success ? parsed.data[0].ip_config[0].ipv4[0].address : '';
  return found.includes('/') ? found.split('/')[0] : undefined;
}

/** The first address that the guest agent told, beside those of the machine itself. */
function guestAddress(values: Resource['values']): string | undefined {
  const all = Array.isArray(values['ipv4_addresses']) ? values['ipv4_addresses'].flat() : [];
  return all.map(text).find((ip) => ip !== '' && !ip.startsWith('127.') && !ip.startsWith('169.254.'));
}

import type { Backend } from '../cluster';
import type { BackendType } from './facts';

/** What tells the states of one backend apart. */
interface Address {
  /** Settings that say which store it is; the credentials decide the rest. */
  readonly store: readonly Setting[];
  /** The setting that says which state in it. */
  readonly state: Setting;
}

/** Path of a setting, and what Terraform takes where it is not written; `undefined` comes from elsewhere. */
type Setting = readonly [key: string, byDefault?: string];

const HCP: Address = {
  store: [['hostname', 'app.terraform.io'], ['organization']],
  state: ['workspaces.name'],
};

const ADDRESSES: Readonly<Record<BackendType, Address>> = {
  azurerm: { store: [['storage_account_name'], ['container_name']], state: ['key'] },
  cloud: HCP,
  consul: { store: [['address'], ['datacenter']], state: ['path'] },
  cos: { store: [['region'], ['bucket'], ['prefix']], state: ['key', 'terraform.tfstate'] },
  gcs: { store: [['bucket']], state: ['prefix', ''] },
  http: { store: [], state: ['address'] },
  local: { store: [], state: ['path'] },
  oss: { store: [['region'], ['bucket'], ['prefix']], state: ['key', 'terraform.tfstate'] },
  pg: { store: [['conn_str']], state: ['schema_name', 'terraform_remote_state'] },
  remote: HCP,
  s3: { store: [['endpoints.s3'], ['endpoint'], ['bucket']], state: ['key'] },
};

const addressOf = ({ type }: Backend): Address => ADDRESSES[type as BackendType];

/** The setting that says which state it is, as a path: `['workspaces', 'name']`. */
export const stateKey = (backend: Backend): readonly string[] => addressOf(backend).state[0].split('.');

/**
 * One text per state: two backends with the same text keep their state at the same place.
 *
 * @returns `undefined` where the definition does not say it: a workspace is chosen later, an address comes from the environment,
 * or the file is in the folder of the stack
 */
export function stateAddress(backend: Backend): string | undefined {
  const { store, state } = addressOf(backend);
  const name = read(backend, state);
  if (name === undefined || isInStackFolder(backend)) return undefined;
  return JSON.stringify([backend.type, ...store.map((setting) => read(backend, setting) ?? null), name]);
}

/** Whether the state is a file in the folder of its stack, so that stacks with the same settings have states of their own. */
export function isInStackFolder({ type, config }: Backend): boolean {
  const { path } = config as { path?: string };
  return type === 'local' && !/^(\/|\.\.\/)/.test(path ?? '');
}

/**
 * The backend of one part of a split state: the same store, and `key` at the end of the name of the state. Unchanged
 * where the definition does not name the state: then a rule refuses, or it is a file in the folder of each stack.
 */
export function partBackend(backend: Backend, key: string): Backend {
  const { state } = addressOf(backend);
  const name = read(backend, state);
  if (name === undefined) return backend;
  const named = withKey(backend.type, name, key);
  const config = setItem(backend.config, stateKey(backend), named) as Backend['config'];
  return { ...backend, config: { ...config, ...partLocks(backend, name, named, key) } };
}

function withKey(type: string, name: string, key: string): string {
  // A schema needs no quotes like this.
  if (type === 'pg') return `${name}_${key.replace(/\W/g, '_')}`;
  const [, start = '', end = ''] =
    (type === 'http' ? /^([^?#]*?)(\/?(?:[?#].*)?)$/ : /^(.*?)(\.tfstate)?$/s).exec(name) ?? [];
  return `${start}${start === '' ? '' : '-'}${key}${end}`;
}

/** Over HTTP each state has a lock of its own, at an address below its own or elsewhere. */
function partLocks(backend: Backend, name: string, named: string, key: string): Record<string, string> {
  if (backend.type !== 'http') return {};
  return Object.fromEntries(
    ['lock_address', 'unlock_address'].flatMap((setting) => {
      const address = read(backend, [setting]);
      if (address === undefined) return [];
      const isBelow = address.startsWith(name);
      return [[setting, isBelow ? named + address.slice(name.length) : withKey('http', address, key)]];
    }),
  );
}

/** An object with the value at a path replaced; blocks may stand in a list of one. */
function setItem(object: unknown, [key = '', ...rest]: readonly string[], value: unknown): unknown {
  if (Array.isArray(object)) return [setItem(object[0], [key, ...rest], value)];
  const values = object as Record<string, unknown> | undefined;
  return { ...values, [key]: rest.length === 0 ? value : setItem(values?.[key], rest, value) };
}

function read({ config }: Backend, [key, byDefault]: Setting): string | undefined {
  const value = key.split('.').reduce<unknown>((inner, part) => item(inner, part), config);
  if (value === undefined || value === null) return byDefault;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A value of a block, which may stand in a list of one. */
function item(value: unknown, key: string): unknown {
  const object: unknown = Array.isArray(value) ? value[0] : value;
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined;
}

import { z } from 'zod';
import { parseJson } from '../support/json';
import { VM } from './plan';
import { asText, asValues } from './values';

/** A resource in a state: all that is not for telling it apart is carried along as it is. */
const RESOURCE = z.looseObject({
  module: z.string().optional(),
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  instances: z.array(z.unknown()),
});

/** What `terraform state pull` prints. Terraform has written version 4 since 0.12, and OpenTofu does. */
const STATE = z.looseObject({
  version: z.literal(4),
  terraform_version: z.string(),
  serial: z.number(),
  lineage: z.string(),
  outputs: z.record(z.string(), z.unknown()).default({}),
  resources: z.array(RESOURCE).default([]),
});

export type StateFile = z.infer<typeof STATE>;
export type StateResource = z.infer<typeof RESOURCE>;

/** A state, none where the text is empty, or in `problem` what is wrong with it. No part is repeated: it holds secrets. */
export function readState(text: string): { readonly state?: StateFile } | { readonly problem: string } {
  if (text.trim() === '') return {};
  const json = parseJson(text);
  if ('problem' in json) return json;
  const parsed = STATE.safeParse(json.value);
  if (parsed.success) return { state: parsed.data };
  const path = parsed.error.issues[0]?.path.join('.') ?? '';
  return { problem: `is no state of version 4 (${path || 'root'})` };
}

/** `type.name` of a resource that Terraform manages at the top of the configuration; the others never move. */
export const managedAddress = ({ mode, module, type, name }: StateResource): string | undefined =>
  mode === 'managed' && module === undefined ? `${type}.${name}` : undefined;

/** Names of the VMs that a resource of a state has. */
export const vmNames = ({ mode, type, instances }: StateResource): string[] =>
  mode === 'managed' && type === VM
    ? instances.map((instance) => asText(asValues(asValues(instance)['attributes'])['name']))
    : [];

import type { Cluster } from './cluster';

/** In the place of a secret in the configuration of nodes: `${secret:tailscale_auth_key}`. */
const REFERENCE = /\$\{secret:([^}]*)\}/g;

/** The same name as that of a Terraform variable. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What the environment calls a secret: as the variables of Terraform, so that one SOPS file holds all of them. */
export const secretVariable = (name: string): string => `TF_VAR_${name}`;

/** Whether a text is meant to have a reference, well-formed or not. */
export const hasReference = (text: string): boolean => text.includes('${secret:');

/** What is wrong with the references of a text; `undefined` if nothing. */
export function referenceProblem(text: string): string | undefined {
  const rest = withoutReferences(text);
  const bad = [...text.matchAll(REFERENCE)].find(([, name = '']) => !NAME.test(name))?.[0];
  if (bad === undefined && !hasReference(rest)) return undefined;
  const shown = bad ?? 'a reference without its closing brace';
  return `${shown} is not the name of a secret; write \${secret:NAME} with letters, digits and _`;
}

/** A text without its references: what is left stands in clear. */
export const withoutReferences = (text: string): string => text.replace(REFERENCE, '');

/** Names of the secrets in a value, in byte order, each once. */
export function secretNames(value: unknown): string[] {
  const text = value === undefined ? '' : JSON.stringify(value);
  const names = [...text.matchAll(REFERENCE)].map(([, name = '']) => name).filter((name) => NAME.test(name));
  return [...new Set(names)].sort();
}

/** Names of the secrets in the configuration of the nodes of a cluster. */
export const clusterSecrets = ({ management, config, machineSets, nodes }: Cluster): string[] =>
  management.kind === 'standalone'
    ? secretNames([
        management.registryLogins,
        ...[{ config }, ...machineSets, ...nodes].map((level) => level.config.patches),
      ])
    : [];

/** The same value with its secrets. Only texts change, never the structure, whatever a secret holds. */
export function withSecrets(value: unknown, secrets: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string')
    return value.replace(REFERENCE, (reference, name: string) =>
      Object.hasOwn(secrets, name) ? (secrets[name] ?? '') : reference,
    );
  if (Array.isArray(value)) return value.map((item) => withSecrets(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withSecrets(item, secrets)]));
}

import type { Backend } from '../cluster';
import type { DefinitionDraft } from '../definition/schema';

/** Where the state of a cluster of this name is. */
export function resolveBackend({ backend }: DefinitionDraft, name: string): Backend {
  const type = backend?.type ?? 'local';
  if (type === 'local' && !backend?.config) return localBackend(name);
  return { type, config: backend?.config ?? {} };
}

/** State on this machine. The path starts at `cdktf.out/stacks/<name>`, where Terraform runs, and ends beside `cdktf.out`. */
export const localBackend = (name: string): Backend => ({
  type: 'local',
  config: { path: `../../../state/${name}.tfstate` },
});

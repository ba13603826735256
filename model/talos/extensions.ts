import type { ClusterDraft } from '../cluster/definition/draft';
import type { Path } from '../diagnostics/source';

export const GUEST_AGENT = 'siderolabs/qemu-guest-agent';

/** NVIDIA kernel modules; the first group is the production line. */
export const NVIDIA_MODULE =
  /^siderolabs\/(?:nonfree-kmod-nvidia|nvidia-open-gpu-kernel-modules)-(production|lts)$/;

/**
 * The name that was meant where it lacks the owner, or is an image reference as machine configs before Talos 1.10 had it;
 * a rule of its own reports both.
 */
export function fullName(extension: string): string {
  const name = extension
    .toLowerCase()
    .replace(/^[^/]*\.[^/]*\//, '')
    .replace(/[:@].*$/, '');
  return name.includes('/') ? name : `siderolabs/${name}`;
}

export const hasExtension = (extensions: readonly string[], wanted: string): boolean =>
  extensions.some((extension) => fullName(extension) === wanted);

/** Every list of extensions as written: that of the cluster first, then those that replace it. */
export function* extensionLists({ settings }: ClusterDraft): Generator<{ path: Path; items: string[] }> {
  for (const { path, values } of settings) {
    const items = values['system_extensions'] as string[] | undefined;
    if (items !== undefined) yield { path: [...path, 'system_extensions'], items };
  }
}

/** What a list that replaces the one of the cluster leaves out of it. */
export function droppedExtensions({ definition }: ClusterDraft, extensions: readonly string[]): string[] {
  const kept = new Set(extensions.map(fullName));
  const wanted = (definition.system_extensions ?? []).map(fullName);
  return [...new Set(wanted)].filter((name) => !kept.has(name));
}

import { diagnostic, formatPath, type Diagnostic, type Severity } from '../../diagnostics/diagnostics';
import type { ClusterDraft, SettingsBlock } from '../../cluster/definition/draft';
import type { Path } from '../../diagnostics/source';
import type { VmSettings } from '../../cluster/definition/schema';

/** What a rule found at a path of a definition. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
  readonly severity: Severity;
  /** Point at the key instead of its value. */
  readonly atKey?: boolean;
}

/** A finding of a rule over several clusters says which one it belongs to. */
export type RunFinding = Finding & { readonly cluster: ClusterDraft };

/** One check of the catalogue. */
export interface Rule {
  /** Stable id, shown in brackets. */
  readonly id: string;
  /** What must hold, for the reference. */
  readonly summary: string;
  check(clusters: readonly ClusterDraft[]): Generator<RunFinding>;
}

/** A rule that looks at one cluster at a time. */
export function clusterRule(
  id: string,
  summary: string,
  check: (cluster: ClusterDraft) => Generator<Finding>,
): Rule {
  return {
    id,
    summary,
    *check(clusters) {
      for (const cluster of clusters) for (const finding of check(cluster)) yield { ...finding, cluster };
    },
  };
}

/** A rule over all clusters of a run. */
export function runRule(id: string, summary: string, check: Rule['check']): Rule {
  return { id, summary, check };
}

/** A finding that stops synthesis: what is wrong, with the value; what to do. */
export const error = (path: Path, message: string): Finding => ({ path, message, severity: 'error' });

/** A finding that is shown and changes no exit code. */
export const warning = (path: Path, message: string): Finding => ({ path, message, severity: 'warning' });

/** Every place where a VM setting is written, with its value: each is reported where it stands, once. */
export function* written<K extends keyof VmSettings>(
  cluster: ClusterDraft,
  key: K,
): Generator<{ path: Path; value: NonNullable<VmSettings[K]>; block: SettingsBlock }> {
  for (const block of cluster.settings) {
    const value = block.values[key];
    if (value !== undefined && value !== null)
      yield { path: [...block.path, key], value: value as NonNullable<VmSettings[K]>, block };
  }
}

/** Whether the shape check took out a path or what is around it, and so has told what is wrong there. */
export function isBroken({ broken }: ClusterDraft, path: Path): boolean {
  if (broken.size === 0) return false;
  return [...path, ''].some((_, i) => broken.has(formatPath(path.slice(0, i))));
}

/** Runs rules over all clusters of a run; one problem at a time, because there may be too many to keep. */
export function* check(rules: readonly Rule[], clusters: readonly ClusterDraft[]): Generator<Diagnostic> {
  for (const rule of rules) {
    for (const { cluster, path, message, severity, atKey } of rule.check(clusters)) {
      if (isBroken(cluster, path)) continue;
      yield diagnostic(cluster.source, rule.id, path, message, { severity, of: atKey ? 'key' : 'value' });
    }
  }
}

import type { ClusterDraft, NodeDraft, ServerDraft } from '../../cluster/definition/draft';
import { diagnostic, type Diagnostic } from '../../diagnostics/diagnostics';
import { sortDiagnostics } from '../../diagnostics/sort';
import { groupBy } from '../../support/group-by';
import type { Finding } from '../../rules/lib/rule';
import { list } from '../../support/text';
import type { Answer, ClusterSnapshot, ServerAnswers, ServerSnapshot } from '../../proxmox/snapshot';

/** One question about a server of a definition. */
export interface LiveCheck {
  /** Stable id, shown in brackets; several checks may share one. */
  readonly rule: string;
  /** What is looked at, in a few words: "bridges". */
  readonly title: string;
  check(context: LiveContext): Generator<Finding>;
}

/** A server of a definition with what it answered, and everything around it. */
export interface LiveContext {
  readonly cluster: ClusterDraft;
  /** The server with the nodes that the definition places on it. */
  readonly server: ServerDraft;
  readonly nodes: readonly NodeDraft[];
  readonly live: ServerAnswers;
  /** All servers of the definition that answered. */
  readonly answered: ReadonlyMap<string, ServerAnswers>;
  /** All clusters of the run: they may share servers. */
  readonly run: readonly ClusterDraft[];
}

export const liveCheck = (rule: string, title: string, check: LiveCheck['check']): LiveCheck => ({
  rule,
  title,
  check,
});

/** What came of the checks of one server. */
export interface ServerReport {
  readonly cluster: string;
  readonly key: string;
  readonly nodeName: string;
  /** Version of Proxmox VE; absent where the server did not answer. */
  readonly version?: string;
  readonly checks: number;
  /** Checks that were made and found nothing. */
  readonly passed: number;
  /** Checks that could not be made, with the reason. */
  readonly notChecked: readonly string[];
}

export interface LiveReport {
  readonly diagnostics: readonly Diagnostic[];
  readonly servers: readonly ServerReport[];
}

/** Ends a check that lacks an answer: that is told, never passed over. */
class Unanswered extends Error {}

/** The value of an answer; without one, the check counts as not made. */
export function need<T>(answer: Answer<T> | undefined): T {
  if (answer?.ok) return answer.value;
  return notChecked(answer?.reason ?? 'not asked');
}

/** Ends a check that cannot be made, with the reason. */
export function notChecked(reason: string): never {
  throw new Unanswered(reason);
}

/** What one check says of one server: findings, and why it was not made or not to its end. */
function runCheck(
  { check }: LiveCheck,
  context: LiveContext,
): { findings: readonly Finding[]; notChecked?: string } {
  const findings: Finding[] = [];
  try {
    for (const finding of check(context)) findings.push(finding);
    return { findings };
  } catch (reason) {
    if (reason instanceof Unanswered) return { findings, notChecked: reason.message };
    throw reason;
  }
}

/**
 * Holds definitions against what their servers answered.
 *
 * @param access tells why a server did not answer at all
 */
export function checkLive(
  checks: readonly LiveCheck[],
  access: (server: ServerDraft, snapshot: ServerSnapshot | undefined) => Iterable<Finding & { rule: string }>,
  asked: readonly { readonly cluster: ClusterDraft; readonly live: ClusterSnapshot }[],
): LiveReport {
  const run = asked.map(({ cluster }) => cluster);
  const diagnostics: Diagnostic[] = [];
  const servers: ServerReport[] = [];
  const tell = (
    { source }: ClusterDraft,
    rule: string,
    { path, message, severity, atKey }: Finding,
  ): void => {
    diagnostics.push(diagnostic(source, rule, path, message, { severity, of: atKey ? 'key' : 'value' }));
  };
  for (const { cluster, live } of asked) {
    const answered = new Map<string, ServerAnswers>();
    for (const [key, snapshot] of live) if (!snapshot.problem) answered.set(key, snapshot);
    for (const server of cluster.servers) {
      const { key, nodeName } = server;
      for (const finding of access(server, live.get(key))) tell(cluster, finding.rule, finding);
      const own = answered.get(key);
      if (!own) {
        const notChecked = ['everything: no answer'];
        servers.push({ cluster: cluster.name, key, nodeName, checks: checks.length, passed: 0, notChecked });
        continue;
      }
      const nodes = cluster.nodes.filter((node) => node.server?.key === key);
      const context: LiveContext = { cluster, server, nodes, live: own, answered, run };
      const results = checks.map((check) => ({ check, ...runCheck(check, context) }));
      for (const { check, findings } of results)
        for (const finding of findings) tell(cluster, check.rule, finding);
      servers.push({
        cluster: cluster.name,
        key,
        nodeName,
        version: own.version,
        checks: checks.length,
        passed: results.filter(
          ({ findings, notChecked }) => findings.length === 0 && notChecked === undefined,
        ).length,
        notChecked: byReason(results),
      });
    }
  }
  return { diagnostics: sortDiagnostics(diagnostics), servers };
}

/** `bridges, networks: GET …: 403 …`: one line for all that lack the same answer. */
function byReason(results: readonly { check: LiveCheck; notChecked?: string }[]): string[] {
  const byText = groupBy(results, ({ notChecked }) => notChecked);
  return [...byText].flatMap(([reason, alike]) =>
    reason === undefined ? [] : [`${list(alike.map(({ check }) => check.title))}: ${reason}`],
  );
}

import type { Cluster } from '../../../model/cluster/cluster';
import type { ClusterDraft } from '../../../model/cluster/definition/draft';
import { existingIn, type Existing, type SiteObjects } from '../../../model/proxmox/existing';
import { actionOf, parsePlan, type Plan } from '../../../model/review';
import { asText, asValues } from '../../../model/terraform/values';
import { Collector } from '../proxmox/collect';

/** What a plan would create and is there, and why it is not known everywhere. */
export interface ExistingObjects {
  readonly found: readonly Existing[];
  readonly problems: readonly string[];
}

const TIMEOUT_MS = 10_000;

/** Asks the servers for all that a plan would create. Reads only; without anything to create nobody is asked. */
export async function askExisting(
  json: string,
  cluster: Cluster,
  draft: ClusterDraft,
): Promise<ExistingObjects> {
  const parsed = parsePlan(json);
  const creates = 'plan' in parsed && parsed.plan.resource_changes.some((one) => actionOf(one) === 'create');
  if (!creates) return { found: [], problems: [] };
  const collector = new Collector({ env: process.env, timeout: TIMEOUT_MS });
  try {
    const problems: string[] = [];
    const sites = await sitesOf(draft, collector, problems);
    const files = await filesOf(parsed.plan, cluster, draft, collector);
    return { found: existingIn(parsed.plan, cluster, { sites, files }), problems };
  } finally {
    await collector.close();
  }
}

async function sitesOf(
  { servers }: ClusterDraft,
  collector: Collector,
  problems: string[],
): Promise<ReadonlyMap<string, SiteObjects>> {
  const sites = new Map<string, SiteObjects>();
  const firsts = new Map([...servers].reverse().map((server) => [server.site, server]));
  await Promise.all(
    [...firsts].map(async ([site, server]) => {
      const answer = await collector.objects(server);
      if (answer.ok) sites.set(site, answer.value);
      else problems.push(`${server.key}: ${answer.reason}`);
    }),
  );
  return sites;
}

/** The files on the storages that images are to be downloaded to. */
async function filesOf(
  plan: Plan,
  cluster: Cluster,
  draft: ClusterDraft,
  collector: Collector,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const downloads = plan.resource_changes.filter(
    (one) => one.type === 'proxmox_download_file' && actionOf(one) === 'create',
  );
  const asked = cluster.servers.flatMap(({ key }) => {
    const server = draft.servers.find((one) => one.key === key);
    const mine = downloads.filter(({ name }) => name.endsWith(`_${key}`));
    if (!server || mine.length === 0) return [];
    const { datastore_id, content_type } = asValues(mine[0]?.change.after);
    return [{ key, answer: collector.files(server, asText(datastore_id), asText(content_type)) }];
  });
  const files = new Map<string, ReadonlySet<string>>();
  for (const { key, answer } of asked) {
    const answered = await answer;
    if (answered.ok) files.set(key, new Set(answered.value));
  }
  return files;
}

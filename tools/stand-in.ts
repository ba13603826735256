/**
 * The stand-in for siderolabs/talos (`tools/talos-provider`), whose module is not to be had: it serves the recorded schema of the version
 * that the allow-list pins, and plays what tests need on simulated nodes. It is in a mirror of its own.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeIfChanged } from '../scripts/lib/platform/files';
import { parseAllowList, schemaFileName } from './bindings/allow-list';
import { buildOnce, type GoBuilt } from './go-build';
import { ensureMirror, type MirrorResult } from './mirror';
import {
  ALLOW_LIST_FILE,
  MIRROR_DIR,
  PROJECT_ROOT,
  SCHEMAS_DIR,
  STAND_IN_DIR,
  STAND_IN_RC_FILE,
} from './paths';
import { mirrorPath, platformOf, REGISTRY_HOSTS, terraformRc } from './provider-module';

const NAME = 'talos';

/**
 * Makes sure that Terraform finds bpg/proxmox and something that answers for siderolabs/talos.
 *
 * @param real folder with the real provider, laid out as a filesystem mirror, in place of the stand-in
 */
export async function ensureStandIn(real?: string): Promise<MirrorResult> {
  const ready = await ensureMirror();
  if (!ready.ok) return ready;
  const built =
    real === undefined ? await build() : ({ ok: true, line: `siderolabs/talos of ${real}` } as const);
  if (!built.ok) return built;
  writeIfChanged(STAND_IN_RC_FILE, terraformRc(MIRROR_DIR, real ?? STAND_IN_DIR));
  return {
    ok: true,
    configFile: STAND_IN_RC_FILE,
    env: { ...ready.env, TF_CLI_CONFIG_FILE: STAND_IN_RC_FILE },
    done: [...ready.done, built.line],
  };
}

function build(): Promise<GoBuilt> {
  const pinned = parseAllowList(readFileSync(ALLOW_LIST_FILE, 'utf8'))[NAME];
  if (!pinned) throw new Error(`bug: ${NAME} is not in the allow-list`);
  const { source, version } = pinned;
  const platform = platformOf(process.platform, process.arch);
  const path = (host: string): string => join(STAND_IN_DIR, mirrorPath(host, source, version, platform));
  const [first, ...others] = REGISTRY_HOSTS;
  const schema = gzipSync(readFileSync(join(SCHEMAS_DIR, schemaFileName(NAME, version))), { level: 9 });
  return buildOnce({
    title: `stand-in for ${source} ${version}`,
    id: `stand-in_${NAME}_${version}_${platform.os}_${platform.arch}`,
    moduleDir: join(PROJECT_ROOT, 'tools', 'talos-provider'),
    package: '.',
    ldflags: `-X main.recorded=${schema.toString('base64')}`,
    targets: [path(first), ...others.map(path)],
  });
}

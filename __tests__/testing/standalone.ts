import { parse, stringify } from 'yaml';
import type { DefinitionDraft } from '../../model/cluster/definition/schema';
import { isMap } from '../../model/talos/written-patches';

const SCHEMATIC = '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba';

/** A cluster without Omni that says everything which such a cluster may say. */
export const EVERY_STANDALONE_KEY: DefinitionDraft = {
  management: 'standalone',
  standalone: {
    engine: 'talosctl',
    vip: '10.0.0.50',
    endpoint: 'https://k8s.example.com:6443',
    pod_subnets: ['10.200.0.0/16'],
    service_subnets: ['10.201.0.0/16'],
    cni: 'none',
    kube_proxy: false,
    schedule_on_control_planes: true,
    cert_sans: ['talos.example.com', '203.0.113.7'],
    discovery: false,
    disk_encryption: 'node_id',
    registry_mirrors: {
      'docker.io': {
        endpoints: ['https://mirror.example.com/v2/docker'],
        override_path: true,
        skip_fallback: true,
      },
      '*': { endpoints: ['https://mirror.example.com'] },
    },
    registry_logins: {
      'mirror.example.com': { username: 'robot', password: '${secret:mirror_password}' },
    },
    time_servers: ['ntp.example.com', '10.0.0.1'],
    host_dns: 'nodes',
    kube_prism: false,
    audit_policy: {
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      rules: [{ level: 'None', users: ['system:apiserver'] }, { level: 'Metadata' }],
    },
    etcd_metrics: true,
    installer: `factory.talos.dev/nocloud-installer/${SCHEMATIC}:v1.11.5`,
  },
  bootstrap: { manifests: [{ file: 'manifests/cni.yaml' }] },
};

/** Keys that mean something in Omni only. */
const OMNI_ONLY: ReadonlySet<string> = new Set(['omni', 'omni_machine', 'machine_set', 'mode']);

const withoutOmni = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(withoutOmni)
    : isMap(value)
      ? Object.fromEntries(
          Object.entries(value).flatMap(([key, item]) =>
            OMNI_ONLY.has(key) ? [] : [[key, withoutOmni(item)]],
          ),
        )
      : value;

/**
 * The same cluster without Omni: its standalone twin.
 *
 * @param text a definition in YAML
 * @param vip  a free address of its network
 */
export function standaloneTwin(text: string, vip: string, more: DefinitionDraft['standalone'] = {}): string {
  const twin = withoutOmni(parse(text)) as object;
  return stringify({ ...twin, management: 'standalone', standalone: { vip, ...more } });
}

import { hasReference } from '../cluster/secret-references';
import { count } from '../support/text';

/** Objects of a file that a definition names. */
export interface ManifestObjects {
  readonly file: string;
  readonly objects: readonly unknown[];
}

/** The largest that all files together may be: Omni keeps them in etcd, which takes 1.5 MB. */
const MAX_BYTES = 1_000_000;

/** Namespaces that every cluster has. */
const BUILT_IN: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);

/** Kinds of Kubernetes itself that live in a namespace. Of others only their makers know. */
const NAMESPACED: ReadonlySet<string> = new Set(
  `ConfigMap CronJob DaemonSet Deployment EndpointSlice Endpoints HorizontalPodAutoscaler Ingress Job Lease LimitRange NetworkPolicy
   PersistentVolumeClaim Pod PodDisruptionBudget ReplicaSet ReplicationController ResourceQuota Role RoleBinding Secret Service
   ServiceAccount StatefulSet`.split(/\s+/),
);

interface KubernetesObject {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
  readonly data?: object;
  readonly stringData?: object;
  readonly items?: readonly unknown[];
}

/** What speaks against manifests, by file. @param sizes bytes of the files, in the same order */
export function* manifestProblems(
  files: readonly ManifestObjects[],
  sizes: readonly number[],
): Generator<{ readonly file: string; readonly message: string }> {
  const all = files.flatMap(({ file, objects }) =>
    objects.flatMap((value) => flat(value)).map((object) => ({ file, object })),
  );
  const made = new Set(
    all
      .filter(({ object }) => object.kind === 'Namespace')
      .map(({ object }) => String(object.metadata?.name)),
  );
  for (const { file, object } of all)
    for (const message of objectProblems(object, made)) yield { file, message };
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const last = files.at(-1);
  if (bytes > MAX_BYTES && last)
    yield {
      file: last.file,
      message: `all manifests together have ${bytes} bytes, and at most ${MAX_BYTES} fit; leave out what can be installed later`,
    };
}

const flat = (value: unknown): KubernetesObject[] => {
  const object = (typeof value === 'object' && value !== null ? value : {}) as KubernetesObject;
  return object.kind === 'List' && Array.isArray(object.items) ? object.items.flatMap(flat) : [object];
};

function* objectProblems(object: KubernetesObject, made: ReadonlySet<string>): Generator<string> {
  const { apiVersion, kind, metadata = {} } = object;
  const { name, namespace } = metadata;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') {
    yield 'holds something that is no Kubernetes object: each has apiVersion, kind and metadata.name';
    return;
  }
  const title = `${kind} ${name}`;
  if (hasReference(JSON.stringify(object)))
    yield `${title} names a secret with \${secret:…}, and none is filled in here: every control plane keeps manifests in clear; make it in the cluster by other means`;
  const values = Object.keys({ ...object.data, ...object.stringData });
  if (kind === 'Secret' && values.length > 0)
    yield `${title} holds ${count(values.length, 'secret')}, and everybody who reads the repository or the template sees them; ${instead(name)}, and rotate them`;
  if (NAMESPACED.has(kind) && namespace === undefined)
    yield `${title} has no namespace, and would be made in default; write metadata.namespace`;
  if (typeof namespace === 'string' && !BUILT_IN.has(namespace) && !made.has(namespace))
    yield `${title} is in namespace ${namespace}, which nothing here makes; add a Namespace ${namespace} to the manifests`;
}

/** Cilium renders certificates of Hubble anew each time, keys and all, unless a job in the cluster makes them. */
const instead = (secret: string): string =>
  /^(?:hubble-|cilium-ca$)/.test(secret)
    ? 'render Cilium with hubble.tls.auto.method=cronJob, which makes them in the cluster and gives the same file each time'
    : 'make it in the cluster by other means';

/** What speaks against the file of a health check; `undefined` if nothing. */
export function healthcheckProblem(objects: readonly unknown[]): string | undefined {
  const [job, ...more] = objects as readonly KubernetesObject[];
  return job?.kind === 'Job' && job.apiVersion === 'batch/v1' && more.length === 0
    ? undefined
    : 'a health check is one Kubernetes Job (batch/v1), and nothing else';
}

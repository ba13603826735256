import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { issueWords } from '../support/issue-words';

const text = z.string().min(1);
const pair = z.object({ crt: text, key: text });

/** The secrets of a cluster, as `talosctl gen secrets` and talhelper write them. */
const bundleSchema = z.object({
  cluster: z.object({ id: text, secret: text }),
  secrets: z.object({
    bootstraptoken: text,
    secretboxencryptionsecret: z.string().optional(),
    aescbcencryptionsecret: z.string().optional(),
  }),
  trustdinfo: z.object({ token: text }),
  certs: z.object({
    etcd: pair,
    k8s: pair,
    k8saggregator: pair,
    k8sserviceaccount: z.object({ key: text }),
    os: pair,
  }),
});

type Parts = z.infer<typeof bundleSchema>;

/** A bundle that can make machine configurations. */
export interface SecretsBundle {
  /** As YAML or JSON, for talosctl. It is a secret as a whole. */
  readonly text: string;
  /** CA of Kubernetes, as a kubeconfig has it: certificates are no secret. */
  readonly kubernetesCa: string;
}

/**
 * Checks that a bundle is whole: each key is there and fits its certificate, and no CA has expired. Nothing of its values is
 * repeated.
 *
 * @param value the same as the text, parsed
 */
export function checkBundle(
  value: unknown,
  bundle: string,
  now: Date,
): { readonly bundle: SecretsBundle } | { readonly problems: readonly string[] } {
  const read = bundleSchema.safeParse(value);
  if (!read.success) return { problems: read.error.issues.map((issue) => issueWords(issue)) };
  const { certs } = read.data;
  const problems = PAIRS.flatMap((name) => pairProblem(name, certs[name], now) ?? []);
  if (!isKey(certs.k8sserviceaccount.key)) problems.push('certs.k8sserviceaccount.key is no private key');
  return problems.length > 0 ? { problems } : { bundle: { text: bundle, kubernetesCa: certs.k8s.crt } };
}

const PAIRS = ['etcd', 'k8s', 'k8saggregator', 'os'] as const satisfies readonly (keyof Parts['certs'])[];

function pairProblem(name: string, { crt, key }: z.infer<typeof pair>, now: Date): string | undefined {
  const certificate = read(() => new X509Certificate(decoded(crt)));
  if (!certificate) return `certs.${name}.crt is no certificate`;
  const privateKey = read(() => keyOf(key));
  if (!privateKey) return `certs.${name}.key is no private key`;
  if (!certificate.checkPrivateKey(privateKey)) return `certs.${name}.key does not fit certs.${name}.crt`;
  if (new Date(certificate.validTo) <= now) return `certs.${name}.crt has expired at ${certificate.validTo}`;
  return undefined;
}

const isKey = (key: string): boolean => read(() => keyOf(key)) !== undefined;

/** Talos gives keys of Ed25519 a label of its own. */
const keyOf = (key: string) =>
  createPrivateKey(decoded(key).replaceAll('ED25519 PRIVATE KEY', 'PRIVATE KEY'));

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

function read<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Whether a document is the machine configuration of a control plane, from which talosctl can take a bundle. */
export function isControlPlaneConfig(value: unknown): boolean {
  const machine = (value as { readonly machine?: { readonly type?: unknown } } | null)?.machine;
  return machine?.type === 'controlplane' || machine?.type === 'init';
}

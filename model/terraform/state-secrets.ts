import { z } from 'zod';
import type { StateFile } from './state-file';

const text = z.string().min(1);
const pair = z.object({ cert: text, key: text }).transform(({ cert: crt, key }) => ({ crt, key }));

/** `talos_machine_secrets` as a state has it. */
const instance = z.object({
  attributes: z.object({
    machine_secrets: z.object({
      cluster: z.object({ id: text, secret: text }),
      secrets: z.object({
        bootstrap_token: text,
        secretbox_encryption_secret: z.string().nullish(),
        aescbc_encryption_secret: z.string().nullish(),
      }),
      trustdinfo: z.object({ token: text }),
      certs: z.object({
        etcd: pair,
        k8s: pair,
        k8s_aggregator: pair,
        k8s_serviceaccount: z.object({ key: text }),
        os: pair,
      }),
    }),
  }),
});

/** The secrets that Terraform has made for a cluster, as talosctl keeps them; `undefined` where the state has none. */
export function secretsInState(state: StateFile | undefined): unknown {
  const found = state?.resources.find(
    ({ mode, type }) => mode === 'managed' && type === 'talos_machine_secrets',
  );
  const read = instance.safeParse(found?.instances[0]);
  if (!read.success) return undefined;
  const { cluster, secrets, trustdinfo, certs } = read.data.attributes.machine_secrets;
  const {
    bootstrap_token: bootstraptoken,
    secretbox_encryption_secret: box,
    aescbc_encryption_secret: aes,
  } = secrets;
  const { etcd, k8s, os, k8s_aggregator: k8saggregator, k8s_serviceaccount: k8sserviceaccount } = certs;
  return {
    cluster,
    secrets: {
      bootstraptoken,
      ...(box ? { secretboxencryptionsecret: box } : {}),
      ...(aes ? { aescbcencryptionsecret: aes } : {}),
    },
    trustdinfo,
    certs: { etcd, k8s, k8saggregator, k8sserviceaccount, os },
  };
}

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { main } from '../../../../scripts/cli';
import { PROJECT_ROOT } from '../../../../tools/paths';
import { temporaryFolder } from '../../../testing/terraform';

/** Runs the command line with a file; its folder is not printed. */
async function run(command: string, name: string, text: string) {
  const folder = temporaryFolder();
  const file = join(folder, name);
  writeFileSync(file, text);
  let [out, err] = ['', ''];
  const io = { out: (t: string) => void (out += t), err: (t: string) => void (err += t) };
  const code = await main([command, file], io);
  return { code, out, err: err.replaceAll(`${folder}/`, '') };
}

const TEMPLATE = `kind: Cluster
name: home
kubernetes: { version: v1.34.1 }
---
kind: ControlPlane
machines: []
`;

/** Files that people have lying about, and what of the answer matters. */
const FOREIGN: readonly (readonly [name: string, text: string, told: string])[] = [
  ['other.tfvars', 'cluster = "home"\nnodes = { a = { cpu = 4 } }\n', 'not the terraform.tfvars of the starter'],
  ['empty.tfvars', '', 'not the terraform.tfvars of the starter'],
  ['template.yaml', TEMPLATE, 'part of an Omni cluster template, which npm run generate makes'],
  ['class.yaml', 'metadata: { namespace: default, type: MachineClasses.omni.sidero.dev, id: a }\nspec: {}\n', 'a resource of Omni'],
  ['talconfig.yaml', 'clusterName: home\ntalosVersion: v1.11.5\nendpoint: https://10.0.0.1:6443\nnodes: []\n', 'a talconfig.yaml of talhelper'],
  ['controlplane.yaml', 'version: v1alpha1\nmachine: { token: hush.hush }\n', 'a Talos machine configuration'],
  ['hostname.yaml', 'apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: a\n', 'a document of Kubernetes or Talos'],
  ['list.yaml', '- name: cp-1\n- name: cp-2\n', 'a list; a definition is a map of keys'],
  ['main.tf', 'terraform {\n  required_version = ">= 1.5"\n}\nresource "proxmox_vm_qemu" "a" {\n  name = "a"\n}\n', 'Terraform configuration; what import reads are its values'],
  ['terraform.tfstate', '{ "version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "a", "resources": [] }', 'a Terraform state; npm run adopt -- <cluster> --from FILE'],
  ['state.json', '{ "format_version": "1.0", "terraform_version": "1.9.0", "values": {} }', 'a Terraform state; npm run adopt'],
  ['plan.json', '{ "format_version": "1.2", "planned_values": {}, "resource_changes": [] }', 'a Terraform plan in JSON; npm run review -- <cluster> --plan FILE'],
  ['plan.out', 'PK\u0003\u0004tfplan', 'a plan file of Terraform'],
  ['cdk.tf.json', '{ "terraform": {}, "provider": {}, "resource": {} }', 'Terraform JSON, which is made of a definition'],
  ['secrets.sops.yaml', 'a: ENC[AES256_GCM,data:x]\nsops: { mac: y }\n', 'a file that SOPS has encrypted'],
  ['terraform.tfvars.json', '{ "proxmox_servers": {} }', 'a file of variables in JSON'],
]; // prettier-ignore

it.each(FOREIGN)('import says what %s is, and which verb takes it', async (name, text, told) => {
  const { code, out, err } = await run('import', name, text);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain(`${name}: error[definition-file] this is ${told}`);
  expect(err.split('\n')).toHaveLength(3);
  expect(err).not.toContain('hush');
});

it('import says that a definition is one already', async () => {
  const home = readFileSync(join(PROJECT_ROOT, 'clusters/home.yaml'), 'utf8');
  const { err } = await run('import', 'home.yaml', home);
  expect(err).toBe(
    'home.yaml: error[definition-file] this is a definition already; npm run validate -- FILE checks it\nnothing written\n',
  );
});

it.each(FOREIGN.filter(([name]) => name.endsWith('.yaml') || name.endsWith('.tfvars')))(
  'validate says once what %s is',
  async (name, text, told) => {
    const { code, err } = await run('validate', name, text);
    expect(code).toBe(1);
    expect(err).toContain(`error[definition-file] this is ${told}`);
    expect(err.trim().split('\n')).toHaveLength(1);
  },
);

import { diagnostic, fileProblem, type Diagnostic } from '../../diagnostics/diagnostics';
import { tooManyVariables } from '../../cluster/definition/too-large';
import { foreignFile } from '../../cluster/definition/foreign';
import type { Parsed } from '../../cluster/definition/yaml';
import type { Path, Source } from '../../diagnostics/source';
import { convertStarter, type Conversion } from './convert';
import { parseTfvars } from './tfvars';
import { own } from '../../support/json';

export type { Conversion, Note } from './convert';
export { convertStarter } from './convert';
export type { Era } from './eras';
export { ERA_FACTS } from './eras';

/** A starter file as a definition, with what the conversion decided. */
export interface StarterFile {
  readonly parsed: Parsed;
  /** Absent if the file could not be parsed. */
  readonly conversion?: Conversion;
}

/**
 * Variables to point at for keys that the conversion adds: the first one that the file has.
 */
const STANDS_FOR: Readonly<Record<string, readonly string[]>> = {
  talos_iso: ['boot_method', 'talos_template_name'],
  talos_gpu_iso: ['gpu_workers'],
  talos_version: ['talos_iso', 'talos_template_name'],
  system_extensions: ['vm_qemu_agent'],
};

/** Reads the `terraform.tfvars` of any version of the starter as a definition. */
export async function readStarter(file: string, text: string): Promise<StarterFile> {
  const large = tooManyVariables(text);
  if (large !== undefined) return { parsed: unusable(NO_PLACE(file), large) };
  const { values, problems, locate } = await parseTfvars(text);
  const point = (path: Path): Path => {
    const [first, second] = path;
    if (values === undefined || typeof first !== 'string' || Object.hasOwn(values, first)) return path;
    if (first === 'defaults' && typeof second === 'string') return [second];
    const other = own(STANDS_FOR, first)?.find((key) => Object.hasOwn(values, key));
    return other === undefined ? path : [other];
  };
  const source: Source = {
    file,
    kind: 'tfvars',
    starter: true,
    locate: (path, of = 'value') => locate(point(path), of),
  };
  const diagnostics = problems.map(({ rule, at, path, message }): Diagnostic => ({
    ...diagnostic(source, rule, path, message),
    line: at.line,
    column: at.column,
  }));
  const foreign =
    values === undefined ? foreignFile(text) : problems.length === 0 ? foreignVariables(values) : undefined;
  if (foreign !== undefined) return { parsed: unusable(source, `this is ${foreign}`) };
  if (values === undefined) return { parsed: { source, value: undefined, diagnostics } };
  const conversion = convertStarter(values);
  for (const { severity, path, at, message } of conversion.notes) {
    if (severity === 'info') continue;
    const rule = severity === 'error' ? 'schema-value' : 'starter-value';
    const place = source.locate(at ?? path, 'value');
    diagnostics.push({ ...diagnostic(source, rule, path, message, { severity }), ...place });
  }
  return { parsed: { source, value: conversion.definition, diagnostics }, conversion };
}

const NO_PLACE = (file: string): Source => ({
  file,
  kind: 'tfvars',
  starter: true,
  locate: () => undefined,
});

const unusable = (source: Source, what: string): Parsed => ({
  source,
  value: undefined,
  diagnostics: [fileProblem(source.file, what)],
});

/** Every version of the starter asks for the first two; the others no other project has. */
const OF_STARTER = ['proxmox_servers', 'control_planes', 'boot_method', 'talos_iso', 'talos_template_name'];

const foreignVariables = (values: Readonly<Record<string, unknown>>): string | undefined =>
  OF_STARTER.every((key) => values[key] === undefined)
    ? 'not the terraform.tfvars of the starter, which has proxmox_servers and control_planes; npm run adopt -- <cluster> --from <its state> takes over VMs of another project'
    : undefined;

/** Reads the `terraform.tfvars` of any version of the starter as a definition. */
export async function parseStarter(file: string, text: string): Promise<Parsed> {
  return (await readStarter(file, text)).parsed;
}

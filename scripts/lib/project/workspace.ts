import { readdirSync, statSync, type Stats } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DEFINITION } from '../../../model/load/load';
import { ASSEMBLY_VARIABLE, assemblyIn, definitionsIn, outputIn } from '../../../model/load/workspace';
import { PROJECT_ROOT } from './project';

/** A definition, or a folder of definitions: what `CLUSTERS` says, or `clusters`. */
export const definitionsPath = (): string => definitionsIn(process.env);

/** Folder of the output: what `CDKTF_OUTDIR` or `CDKTF_OUTPUT` says, or `cdktf.out`. */
export const outputFolder = (): string =>
  assemblyFolder() ?? outputIn(process.env) ?? join(relative('', PROJECT_ROOT), 'cdktf.out');

/** Folder that somebody else has synthesized to, which commands take as it is. */
export const assemblyFolder = (): string | undefined => assemblyIn(process.env);

/** Takes a folder that somebody else has synthesized to, here and in all that this process starts. */
export const useAssembly = (folder: string): void => void (process.env[ASSEMBLY_VARIABLE] = folder);

/** Folder of a stack, where Terraform runs. */
export const stackFolder = (cluster: string, outdir = outputFolder()): string =>
  join(outdir, 'stacks', cluster);

/** What a command is for. */
export interface Target {
  /** Name of the cluster; undefined for the only one that is defined, or for all. */
  readonly cluster?: string;
  /** A definition, or a folder of definitions. */
  readonly definitions: string;
}

/**
 * What an argument of a command means: the name of a cluster, or the path of a definition or of a folder of definitions.
 *
 * @param definitions where definitions are, unless the argument says it
 */
export function targetOf(argument?: string, definitions = definitionsPath()): Target {
  if (argument === undefined) return { definitions };
  return isPath(argument, definitions) ? { definitions: argument } : { cluster: argument, definitions };
}

/** A folder may be called like a cluster: then the cluster is meant, as where no such folder is. */
function isPath(argument: string, definitions: string): boolean {
  if (/[/\\]/.test(argument) || DEFINITION.test(argument)) return true;
  return holdsDefinitions(argument) && definitionFile(argument, definitions) === undefined;
}

/** What cannot be looked at is left to the loader, which says so. */
function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

const isFolder = (path: string): boolean => lookAt(path)?.isDirectory() ?? false;

const holdsDefinitions = (path: string): boolean =>
  isFolder(path) && readdirSync(path).some((name) => DEFINITION.test(name));

/** The file that is called like a cluster, in a folder of definitions. */
export function definitionFile(cluster: string, definitions: string): string | undefined {
  if (!isFolder(definitions)) return undefined;
  return ['.yaml', '.yml', '.tfvars'].map((end) => join(definitions, cluster + end)).find(lookAt);
}

/** The definitions in a folder, or the one that is meant. */
export const definitionFiles = (definitions: string): string[] =>
  isFolder(definitions)
    ? readdirSync(definitions)
        .filter((name) => DEFINITION.test(name))
        .map((name) => join(definitions, name))
    : [definitions];

/** The file that the definition of a cluster is written to: a YAML file that is meant, else one that is called like it. */
export function newDefinition(cluster: string, definitions: string): string {
  if (isFolder(definitions) || !DEFINITION.test(definitions)) return join(definitions, `${cluster}.yaml`);
  return definitions.endsWith('.tfvars') ? join(dirname(definitions), `${cluster}.yaml`) : definitions;
}

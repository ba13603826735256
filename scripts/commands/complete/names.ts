import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { parse } from 'yaml';
import { readIfThere } from '../../../model/support/files';
import { byBytes } from '../../../model/support/text';
import { asList, asValues, type Values } from '../../../model/terraform/values';
import { definitionFiles, definitionsPath, stackFolder } from '../../lib/project/workspace';

/** Names that a command line may hold. */
export interface Names {
  readonly clusters: readonly string[];
  readonly nodes: readonly string[];
  readonly servers: readonly string[];
}

/** Above this a definition is not read for its names: nobody waits so long for a key. */
const MOST_BYTES = 300_000;

/**
 * Names in definitions and in synthesized stacks, as they stand there. A file that is broken has none: this is no place to say so.
 *
 * @param cluster whose nodes and servers are wanted; default: those of all
 */
export function knownNames(cluster?: string): Names {
  const all = [...quietly(written), ...quietly(synthesized)];
  const wanted = all.filter(({ name }) => cluster === undefined || name === cluster);
  return {
    clusters: sorted(all.map(({ name }) => name)),
    nodes: sorted(wanted.flatMap(({ nodes }) => nodes)),
    servers: sorted(wanted.flatMap(({ servers }) => servers)),
  };
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort(byBytes);

interface Named {
  readonly name: string;
  readonly nodes: readonly string[];
  readonly servers: readonly string[];
}

function quietly<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch {
    return [];
  }
}

const written = (): readonly Named[] =>
  definitionFiles(definitionsPath()).flatMap((file) => quietly(() => [namesIn(file)]));

function namesIn(file: string): Named {
  const text = readIfThere(file) ?? '';
  const own = basename(file, extname(file));
  if (file.endsWith('.tfvars') || text.length > MOST_BYTES) {
    const name = /^cluster_name\s*[:=]\s*["']?([\w-]+)/m.exec(text)?.[1] ?? own;
    return { name, nodes: [], servers: [] };
  }
  const definition = asValues(parse(text, { logLevel: 'silent' }));
  const lists = ['control_planes', 'workers', 'gpu_workers'].flatMap((key) => listOf(definition[key]));
  return {
    name: textOf(definition['cluster_name']) ?? own,
    nodes: [
      ...lists.flatMap(({ name }) => textOf(name) ?? []),
      ...listOf(definition['node_pools']).flatMap(poolNodes),
    ],
    servers: Object.keys(asValues(definition['proxmox_servers'])),
  };
}

/** `web-1`, `web-2`: as many as it counts, without those that it skips. */
function poolNodes({ name, count, skip, first_index: first }: Values): string[] {
  const prefix = textOf(name);
  if (prefix === undefined || typeof count !== 'number' || !(count <= 1000)) return [];
  const left = new Set(Array.isArray(skip) ? skip : []);
  const start = typeof first === 'number' ? first : 0;
  return [...Array(count).keys()]
    .map((i) => i + start + 1)
    .flatMap((n) => (left.has(n) ? [] : [`${prefix}-${n}`]));
}

/** Clusters that an app of somebody's own has synthesized. */
const synthesized = (): readonly Named[] =>
  readdirSync(stackFolder('')).flatMap((stack) =>
    quietly(() => {
      const text = readIfThere(join(stackFolder(stack), 'cluster.json'));
      if (text === undefined) return [];
      const { cluster } = JSON.parse(text) as { cluster?: unknown };
      const { name, nodes } = asValues(cluster);
      const machines = listOf(nodes);
      const servers = machines.flatMap(
        ({ server }) => textOf(server) ?? textOf(asValues(server)['key']) ?? [],
      );
      return [
        {
          name: textOf(name) ?? stack,
          nodes: machines.flatMap((node) => textOf(node['name']) ?? []),
          servers,
        },
      ];
    }),
  );

const listOf = (value: unknown): Values[] => asList(value).map(asValues);
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

import { createTwoFilesPatch } from 'diff';
import { byBytes } from '../../../model/support/text';
import { stableJson } from '../../lib/platform/json';

/** Terraform JSON, and anything in it. */
export type Json = Readonly<Record<string, unknown>>;

/** One address that differs between two outputs of a stack. */
export interface PieceDiff {
  /** `proxmox_virtual_environment_vm.cp-1`, `output.machine_inventory`, `provider`, … */
  readonly address: string;
  readonly what: 'added' | 'removed' | 'changed';
  /** Lines with `+`, `-` or a blank before them. */
  readonly lines: readonly string[];
}

/** Compares two outputs of a stack, address by address. The version of cdktf in them does not count. */
export function diffStacks(committed: Json, synthesized: Json): PieceDiff[] {
  const [old, now] = [pieces(committed), pieces(synthesized)];
  const addresses = [...new Set([...old.keys(), ...now.keys()])].sort(byBytes);
  return addresses.flatMap((address): PieceDiff[] => {
    const [from, to] = [old.get(address), now.get(address)];
    if (from === to) return [];
    const what = from === undefined ? 'added' : to === undefined ? 'removed' : 'changed';
    return [{ address, what, lines: patchLines(from ?? '', to ?? '') }];
  });
}

/** Sections whose parts have addresses of their own, by the depth of these. */
const DEPTH: Readonly<Record<string, number>> = { resource: 2, data: 2, output: 1, variable: 1, locals: 1 };

const PREFIX: Readonly<Record<string, string>> = {
  resource: '',
  data: 'data.',
  output: 'output.',
  variable: 'var.',
  locals: 'local.',
};

function pieces(stack: Json): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(stack)) {
    const prefix = PREFIX[key];
    if (prefix === undefined)
      found.set(key, stableJson(key === '//' ? withoutVersion(value as Json) : value));
    else
      for (const [name, part] of parts(value as Json, DEPTH[key] ?? 1))
        found.set(prefix + name, stableJson(part));
  }
  return found;
}

function parts(section: Json, depth: number): [string, unknown][] {
  return Object.entries(section).flatMap(([name, value]): [string, unknown][] =>
    depth === 1
      ? [[name, value]]
      : parts(value as Json, depth - 1).map(([rest, part]) => [`${name}.${rest}`, part]),
  );
}

const withoutVersion = (notes: Json): Json => ({
  ...notes,
  metadata: { ...(notes['metadata'] as Json | undefined), version: undefined },
});

function patchLines(from: string, to: string): string[] {
  const patch = createTwoFilesPatch('', '', from, to, undefined, undefined, { context: 2 });
  return patch
    .split('\n')
    .slice(3)
    .filter((line) => line !== '' && !line.startsWith('\\'))
    .map((line) => (line.startsWith('@@') ? '  …' : line))
    .slice(1);
}

import type { Path, Source } from '../diagnostics/source';
import { NAMED_LISTS } from './write';

/**
 * Finds places of an assembly's definition in the file that it was written in: there, nodes may stand in another order.
 *
 * @param written the definition as the file has it
 * @param stored  the same as the assembly has it
 */
export function locateWritten(
  written: unknown,
  stored: Readonly<Record<string, unknown>>,
  locate: Source['locate'],
): Source['locate'] {
  return (path, of) => {
    const [list, index, ...rest] = path;
    if (typeof list !== 'string' || typeof index !== 'number' || !NAMED_LISTS.has(list))
      return locate(path, of);
    const name = nameAt(stored[list], index);
    const items = (written as Readonly<Record<string, unknown>> | undefined)?.[list];
    const there = Array.isArray(items) ? items.findIndex((_, i) => nameAt(items, i) === name) : -1;
    const moved: Path = there === -1 ? [list] : [list, there, ...rest];
    return locate(moved, of);
  };
}

const nameAt = (items: unknown, index: number): unknown =>
  (items as readonly ({ readonly name?: unknown } | undefined)[] | undefined)?.[index]?.name;

/** Numbers of the lines, from 1, that do something: no comments, imports, types of one line, or brackets alone. */
export function codeLines(source: string): number[] {
  let inComment = false;
  return source.split('\n').flatMap((line, i) => {
    const text = line.trim();
    if (text.startsWith('/*')) inComment = true;
    const counts =
      !inComment && /\w/.test(text) && !/^(\/\/|import |export type |export \* |\} from )/.test(text);
    if (text.endsWith('*/')) inComment = false;
    return counts ? [i + 1] : [];
  });
}

/** So many items in a random order, the same for the same seed. */
export function drawn<T>(items: readonly T[], count: number, seed: number): T[] {
  const rest = [...items];
  const random = randomOf(seed);
  return Array.from({ length: Math.min(count, rest.length) }, () => {
    const [item] = rest.splice(Math.floor(random() * rest.length), 1);
    return item as T;
  });
}

/** Mulberry32. @returns numbers from 0 up to 1, the same for the same seed */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Place in a definition, e.g. `['workers', 2, 'ip_address']`. */
export type Path = readonly (string | number)[];

/** Which file a definition came from and where in it a path stands. */
export interface Source {
  /** Path of the file as the user named it, or the construct path of a definition in TypeScript. */
  readonly file: string;
  /** What the definition is written in. */
  readonly kind: 'yaml' | 'tfvars' | 'typescript';
  /** A starter file: list positions count and some rules only warn. */
  readonly starter: boolean;
  /** Position of the value at a path, else of the nearest place around it that exists. */
  locate(path: Path, of?: 'key' | 'value'): { readonly line: number; readonly column: number } | undefined;
  /** A place and a message in the keys that were written, where those are spelt otherwise than in a definition. */
  inOwnKeys?(path: Path, message: string): { readonly path: Path; readonly message: string };
}

/** How Terraform reads a value; `list` is a list or set of text, `map` has keys of the user. */
export type Kind = 'string' | 'number' | 'bool' | 'list' | 'map';

/** Settings in a block of their own, e.g. `workspaces` of HCP Terraform. */
export interface BackendBlock {
  /** Terraform takes a block also as a list of one; an object it does not. */
  readonly form: 'block' | 'object';
  readonly keys: Readonly<Record<string, Kind>>;
  /** Keys without which Terraform refuses the block. */
  readonly required: readonly string[];
}

/** What Terraform knows of one backend. */
export interface BackendFacts {
  readonly keys: Readonly<Record<string, Kind | BackendBlock>>;
  /** Keys that Terraform needs, and that no environment variable of its own can stand for. */
  readonly required: readonly string[];
  /** Keys whose value is a secret, and the environment variable that Terraform reads instead. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Where credentials belong in general, for a secret at a place that is not a key of its own. */
  readonly credentials: string;
}

/** Names of each kind, several in one text, as an object of key and kind. */
export const keys = (names: Partial<Record<Kind, string>>): Readonly<Record<string, Kind>> =>
  Object.fromEntries(
    (Object.entries(names) as [Kind, string][]).flatMap(([kind, text]) =>
      text.split(/\s+/).map((name) => [name, kind]),
    ),
  );

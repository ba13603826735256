/** The parts of the API description that requests are checked against. */
export interface ParameterSchema {
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
  /** Name of a format, or the keys of a property string. */
  readonly format?: string | Readonly<Record<string, ParameterSchema>>;
  readonly optional?: number | string | boolean;
  readonly enum?: readonly (string | number)[] | null;
  readonly minimum?: number | string;
  readonly maximum?: number | string;
  readonly minLength?: number | string;
  readonly maxLength?: number | string;
  readonly pattern?: string;
  readonly requires?: string;
  readonly items?: ParameterSchema;
  /** Property strings: the key of a value without key. */
  readonly default_key?: number;
  /** Property strings: another name of this key … */
  readonly alias?: string;
  /** … whose name is in turn the value of this one: `virtio=MAC` is `model=virtio,macaddr=MAC`. */
  readonly keyAlias?: string;
  /** For people; the only place where the keys of some named formats are written. */
  readonly typetext?: string;
}

export interface MethodSchema {
  readonly parameters: {
    readonly properties?: Readonly<Record<string, ParameterSchema>>;
    readonly additionalProperties?: number;
  };
  readonly permissions: Readonly<Record<string, unknown>>;
}

/** By path and method. */
export type Endpoints = Readonly<Record<string, Readonly<Record<string, MethodSchema>>>>;

/** What is wrong, by parameter. */
export type Problems = Record<string, string>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Where definitions are: a file or a folder of them, from `CLUSTERS`. */
export const definitionsIn = (env: Environment): string => env['CLUSTERS'] || 'clusters';

/**
 * Where synthesized stacks are, from `CDKTF_OUTDIR`; `undefined` if nobody says it. The cdktf CLI knows `CDKTF_OUTPUT` only,
 * and sets the other one for the app it runs.
 */
export const outputIn = (env: Environment): string | undefined =>
  env['CDKTF_OUTDIR'] || env['CDKTF_OUTPUT'] || undefined;

/** Variable with a folder that somebody else has synthesized to. */
export const ASSEMBLY_VARIABLE = 'CLUSTER_ASSEMBLY';

/** Folder that somebody else has synthesized to; `undefined` if a command is to do that itself. */
export const assemblyIn = (env: Environment): string | undefined => env[ASSEMBLY_VARIABLE] || undefined;

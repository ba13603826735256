/** Annotation of a membership that the definition has locked: what a person locks in Omni does not have it. */
export const LOCKED_BY = 'locked-by';

/** Value of `LOCKED_BY`. */
export const LOCKED_BY_US = 'definition';

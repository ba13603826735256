import type { ParameterSchema } from './types';

export const isOptional = ({ optional }: ParameterSchema): boolean =>
  optional === 1 || optional === '1' || optional === true;

import { join } from 'node:path';
import { parseJson } from '../../../model/support/json';
import { ForUser } from '../../../model/diagnostics/failure';
import { readIfThere } from '../../../model/support/files';

/**
 * A synthesized stack, as Terraform reads it; `undefined` where there is none.
 *
 * @param folder of the stack
 * @throws ForUser where the file is broken, as a full disk leaves it
 */
export function readStackFile(folder: string): Readonly<Record<string, unknown>> | undefined {
  const file = join(folder, 'cdk.tf.json');
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const json = parseJson(text);
  const problem = 'problem' in json ? json.problem : isMap(json.value) ? undefined : 'is no stack';
  if (problem !== undefined) throw new ForUser(`${file}: ${problem}; run npm run synth again`);
  return 'value' in json && isMap(json.value) ? json.value : undefined;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

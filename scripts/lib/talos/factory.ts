import { Agent, request } from 'undici';
import { z } from 'zod';
import type { ImageSchematic } from '../../../model/cluster/cluster';
import { errorCode } from '../../../model/support/files';
import { oneLine } from '../../../model/support/foreign';
import { parseJson } from '../../../model/support/json';
import { textUpTo } from '../platform/http';
import { trustedAuthorities } from '../proxmox/trust';

/** What became of a schematic. */
export type Given =
  /** The factory has it, under the id that the addresses of its images have. */
  | { readonly state: 'known' }
  /** Nobody knows: it may have been given to the factory before. */
  | { readonly state: 'unknown'; readonly why: string }
  /** An image of it cannot be had there. */
  | { readonly state: 'refused'; readonly why: string };

const ANSWER = z.object({ id: z.string() });

const MAX_BYTES = 1024 * 1024;

/** Gives a factory a schematic: it builds images only of those that it was given once, and takes each as often as it is given. */
export async function giveSchematic(
  { factory, id, yaml }: ImageSchematic,
  signal: AbortSignal,
  timeoutMs = 20_000,
): Promise<Given> {
  const agent = new Agent({ connect: { ca: trustedAuthorities(process.env) } });
  try {
    const { statusCode, body } = await request(`${factory}/schematics`, {
      method: 'POST',
      dispatcher: agent,
      headers: { 'content-type': 'application/yaml' },
      body: yaml,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const text = (await textUpTo(MAX_BYTES, body)) ?? '';
    return judge(statusCode, text, id);
  } catch (cause) {
    const isLate = (cause as { readonly name?: unknown } | null)?.name === 'TimeoutError';
    const why = isLate ? `no answer within ${timeoutMs / 1000} s` : errorCode(cause);
    return { state: 'unknown', why };
  } finally {
    await agent.destroy();
  }
}

function judge(status: number, text: string, id: string): Given {
  if (status === 400) return { state: 'refused', why: `it refuses it: ${oneLine(text).slice(0, 200)}` };
  if (status !== 200 && status !== 201) return { state: 'unknown', why: `it answers with ${status}` };
  const json = parseJson(text);
  const answer = 'value' in json ? ANSWER.safeParse(json.value).data : undefined;
  if (!answer) return { state: 'refused', why: 'its answer is none of an image factory; check its address' };
  return answer.id === id
    ? { state: 'known' }
    : {
        state: 'refused',
        why: `it gives the id ${oneLine(answer.id).slice(0, 64)}, and the address of the image has ${id}; an image would be another one`,
      };
}

/** The same by hand. */
export const giveCommand = ({ factory, yaml }: ImageSchematic): string =>
  `curl --fail --header 'Content-Type: application/yaml' --data-binary @- ${factory}/schematics <<'EOF'\n${yaml}EOF`;

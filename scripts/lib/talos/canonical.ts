import { configChanges, readConfig, type Documents } from '../../../model/talos/config-changes';
import type { TalosProblem } from './problems';
import type { Talosctl } from './talosctl';

/** A patch that changes nothing. */
const NOTHING = '{"machine":{"sysctls":{}}}';

/**
 * A machine configuration as talosctl writes it. What a person has written by hand may say the same in another form.
 *
 * @throws Error for a text that is no YAML; without a word of it
 */
export async function canonical(
  talosctl: Talosctl,
  text: string,
): Promise<{ readonly text: string; readonly documents: Documents } | { readonly problem: TalosProblem }> {
  const written = await talosctl.call(['machineconfig', 'patch', '/dev/stdin', '--patch', NOTHING], {
    input: text,
  });
  return 'problem' in written ? written : { text: written.text, documents: readConfig(written.text) };
}

/**
 * What a node has otherwise than it should, both in one form.
 *
 * @param secrets values that are shown nowhere
 */
export async function changesOf(
  talosctl: Talosctl,
  found: string,
  wanted: string,
  secrets: readonly string[],
): Promise<ReturnType<typeof configChanges>> {
  const [before, after] = [readConfig(found), readConfig(wanted)];
  const changes = configChanges(before, after, secrets);
  if (changes.length === 0) return changes;
  const written = await canonical(talosctl, found);
  return 'problem' in written ? changes : configChanges(written.documents, after, secrets);
}

/** What Terraform said, in one line, without what differs from run to run. */
import type { RunResult } from '../../../scripts/lib/platform/exec';
import { oneLine } from '../../simulators/terraform';

/** The first error, or the first warning of a run that succeeded. */
export function said({ code, stdout, stderr }: RunResult): string {
  const start = code === 0 ? /Warning: / : /Error: /;
  const [, text = ''] = split(oneLine(`${stdout} ${stderr}`), start);
  const [first] = split(text, / Error: | Warning: | (?:Apply|Destroy) complete!/);
  return shorten(first);
}

/** In two at the first match. */
function split(text: string, at: RegExp): [before: string, after: string | undefined] {
  const match = at.exec(text);
  return match ? [text.slice(0, match.index), text.slice(match.index + match[0].length)] : [text, undefined];
}

const shorten = (text: string): string =>
  text
    .replace(/ with [\w.-]+, on cdk\.tf\.json line \d+, in [\w.-]+: \d+: \}?,?/, ':')
    .replace(/^(Resource precondition failed) .* (VM \d+ on node )/, '$1: $2')
    .replace(/UPID:[^"\s]+/g, 'UPID')
    .replace(/https:\/\/127\.0\.0\.1:\d+\/\S*?(?=")/g, 'URL')
    .replace(/127\.0\.0\.1:\d+/g, 'SERVER')
    .replace(/([0-9a-f])\1{63}/g, '$1…')
    .replace(/ task log: .*$/, '')
    .replace(/ #2: .*$/, ' …')
    .replace(/ \(and .* more similar warnings? elsewhere\)/, '')
    .replace(/[\s:]+$/, '');

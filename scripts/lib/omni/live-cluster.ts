import {
  liveQuestions,
  readLiveCluster,
  readMembers,
  type LiveAnswers,
  type LiveCluster,
  type LiveMember,
} from '../../../model/omni/live-cluster';
import {
  progressQuestions,
  readProgress,
  type Progress,
  type ProgressAnswers,
} from '../../../model/omni/progress';
import { readMachines } from '../../../model/omni/read-machines';
import type { MachineStatus } from '../../../model/omni/machine-status';
import type { Omnictl } from './omnictl';
import type { OmniProblem } from './problems';

type Asked<T> = T | { readonly problem: OmniProblem };

/** Asks Omni for a cluster. Reads only. */
export async function askLiveCluster(
  omnictl: Omnictl,
  cluster: string,
): Promise<Asked<{ readonly live: LiveCluster }>> {
  const asked = await askAll<LiveAnswers>(omnictl, liveQuestions(cluster));
  if ('problem' in asked) return asked;
  const read = readLiveCluster(asked.answers);
  return 'problem' in read ? unreadable('about the cluster', read.problem) : read;
}

/** Asks Omni what it has still to do in a cluster. Reads only. */
export async function askProgress(
  omnictl: Omnictl,
  cluster: string,
): Promise<Asked<{ readonly progress: Progress }>> {
  const asked = await askAll<ProgressAnswers>(omnictl, progressQuestions(cluster));
  if ('problem' in asked) return asked;
  const read = readProgress(asked.answers);
  return 'problem' in read ? unreadable('about upgrades', read.problem) : read;
}

async function askAll<Answers>(
  omnictl: Omnictl,
  questions: Readonly<Record<keyof Answers & string, readonly string[]>>,
): Promise<Asked<{ readonly answers: Answers }>> {
  const answers: [string, string][] = [];
  const asked = Object.entries<readonly string[]>(questions).map(
    async ([about, args]) => [about, await omnictl.call(args)] as const,
  );
  for (const [about, answer] of await Promise.all(asked)) {
    if ('problem' in answer) return answer;
    answers.push([about, answer.text]);
  }
  return { answers: Object.fromEntries(answers) as unknown as Answers };
}

/** Asks Omni for the members of a cluster alone: its patches may be tens of thousands. */
export async function askMembers(
  omnictl: Omnictl,
  cluster: string,
): Promise<Asked<{ readonly members: readonly LiveMember[] }>> {
  const answer = await omnictl.call(liveQuestions(cluster).members);
  if ('problem' in answer) return answer;
  const read = readMembers(answer.text);
  return 'problem' in read ? unreadable('about the cluster', read.problem) : read;
}

/** Asks Omni for all its machines. */
export async function askMachines(
  omnictl: Omnictl,
): Promise<Asked<{ readonly machines: readonly MachineStatus[] }>> {
  const answer = await omnictl.call(['get', 'machinestatus', '-o', 'json']);
  if ('problem' in answer) return answer;
  const read = readMachines(answer.text);
  return 'problem' in read ? unreadable('get machinestatus', read.problem) : read;
}

/** Asks Omni for its version; "" where it does not say. */
export async function askVersion(omnictl: Omnictl): Promise<Asked<{ readonly version: string }>> {
  const answer = await omnictl.call(['get', 'sysversions', 'current', '-n', 'ephemeral', '-o', 'json']);
  if ('problem' in answer) return answer;
  return { version: /"backendversion": *"([^"]+)"/.exec(answer.text)?.[1] ?? '' };
}

const unreadable = (what: string, problem: string): { readonly problem: OmniProblem } => ({
  problem: {
    rule: 'omni-output',
    message: `the output of omnictl ${what} cannot be read: ${problem}; is omnictl of the version of your Omni?`,
    transient: false,
  },
});

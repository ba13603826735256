/**
 * discover, generate and apply are killed at many points. The same command again ends in the same files and the same cluster as
 * a run that nobody has disturbed.
 */
import { cpSync, rmSync } from 'node:fs';
import { BASE } from '../testing/inventory';
import { dyingAtChange, filesBelow, kill, KILLED, omniState, type Death } from '../testing/mortal';
import { describeOmni, eventually } from '../testing/omni';
import { Operator } from '../testing/operator';
import { temporaryFolder } from '../testing/terraform';

type CommandName = 'discover' | 'generate' | 'apply';

/** What an operator does from a start on, and what is there at its end. */
interface Story {
  start(): Promise<Operator>;
  readonly commands: readonly (readonly [CommandName, ...string[]])[];
  /** Happens between the death and the second try. */
  onTheWay?(operator: Operator): Promise<void>;
}

const NEW: Story = {
  start: () => Operator.with(),
  commands: [['discover'], ['generate'], ['apply', '--auto-approve']],
};

const CHANGE: Story = {
  /** A cluster in which a worker and two control planes are to be replaced. */
  start: async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.edit((document) => {
      const add = (list: string, name: string, ip_address: string): void =>
        document.addIn([list], document.createNode({ name, ip_address }));
      add('control_planes', 'cp-4', '192.168.10.103');
      add('control_planes', 'cp-5', '192.168.10.104');
      add('workers', 'worker-2', '192.168.10.111');
    });
    await operator.join();
    await operator.drop('workers', 'worker-1');
    for (const name of ['cp-2', 'cp-3']) await operator.drop('control_planes', name);
    return operator;
  },
  commands: [
    ['discover'],
    ['generate'],
    ['apply', '--auto-approve', ...['worker-1', 'cp-2', 'cp-3'].flatMap((name) => ['--remove', name])],
  ],
};

const REMOVAL: Story = {
  /** A cluster of which a worker is to leave that cannot be reached. */
  start: async () => {
    const operator = await Operator.with();
    await operator.rollOut();
    await operator.drop('workers', 'worker-1');
    await operator.omni.updateMachine(operator.id('worker-1'), { connected: false });
    return operator;
  },
  commands: [['generate'], ['apply', '--auto-approve', '--remove', 'worker-1']],
  /** The worker is started. */
  onTheWay: (operator) => operator.omni.updateMachine(operator.id('worker-1'), { connected: true }),
};

const stateOf = async (operator: Operator) => ({
  files: filesBelow(operator.folder),
  omni: await omniState(operator),
});
type State = Awaited<ReturnType<typeof stateOf>>;

const undisturbed = new Map<Story, Promise<State>>();

/** How a story ends if all goes well. */
function goodEnd(story: Story): Promise<State> {
  const end = undisturbed.get(story) ?? tell(story);
  undisturbed.set(story, end);
  return end;
}

async function tell({ start, commands, onTheWay }: Story): Promise<State> {
  const operator = await start();
  await onTheWay?.(operator);
  for (const [name, ...args] of commands) await well(operator[name](args));
  return stateOf(operator);
}

async function well(running: ReturnType<Operator['cli']>): Promise<void> {
  const { code, stderr } = await running;
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

describeOmni('killed', () => {
  it.each<[CommandName, title: string, Story, Death]>([
    ['discover', 'before Omni is asked', NEW, { call: 'get machinestatus', when: 'before' }],
    ['discover', 'when Omni has answered', NEW, { call: 'get machinestatus', when: 'after' }],
    [
      'generate',
      'while the template is checked, and the check goes on',
      NEW,
      { call: 'template validate', when: 'alone' },
    ],
    ['generate', 'between two checks', NEW, { call: 'template render', when: 'before' }],
    ['apply', 'before Omni is asked', NEW, { call: 'get machinestatus', when: 'before' }],
    ['apply', 'after the dry run', NEW, { call: 'sync --dry-run', when: 'after' }],
    ['apply', 'as the sync starts', NEW, { writes: 0 }],
    ['apply', 'with a cluster and no machine in it', NEW, { writes: 3 }],
    ['apply', 'with a part of the machines, and omnictl lives on', NEW, { writes: 10, alone: true }],
    [
      'apply',
      'while it waits until the cluster is healthy',
      NEW,
      { call: 'template status', when: 'before' },
    ],
    ['apply', 'when new control planes have joined', CHANGE, { call: 'template status', when: 'after' }],
    ['apply', 'between two control planes that leave', CHANGE, { call: 'sync -f', nth: 3, when: 'before' }],
    ['apply', 'when the last sync is done', CHANGE, { call: 'template status', nth: 3, when: 'before' }],
    ['apply', 'while a worker leaves', REMOVAL, { leaving: 'worker-1' }],
    ['apply', 'while a worker leaves, and omnictl lives on', REMOVAL, { leaving: 'worker-1', alone: true }],
  ])('%s, %s', async (command, _title, story, death) => {
    const good = await goodEnd(story);
    const operator = await story.start();
    for (const [name, ...args] of story.commands) {
      if (name !== command) {
        await well(operator[name](args));
        continue;
      }
      const survivors = await kill(operator, death, (env) => operator[name](args, { env }));
      await story.onTheWay?.(operator);
      await well(operator[name](args));
      await survivors.gone();
    }
    // Omni goes on by itself for a moment.
    await eventually(async () => expect(await stateOf(operator)).toEqual(good));
  });

  it.each<CommandName>(['discover', 'generate'])('%s, at each change of a file', async (command) => {
    const operator = await operatorWithOldFiles(command);
    const old = temporaryFolder();
    cpSync(operator.folder, old, { recursive: true });
    await well(operator[command]());
    const good = filesBelow(operator.folder);
    expect(good).not.toEqual(filesBelow(old));

    let deaths = 0;
    for (;;) {
      rmSync(operator.folder, { recursive: true });
      cpSync(old, operator.folder, { recursive: true });
      const { code } = await operator[command]([], { env: dyingAtChange(deaths + 1) });
      if (code !== KILLED) break;
      deaths++;
      await well(operator[command]());
      expect(filesBelow(operator.folder)).toEqual(good);
    }
    expect(filesBelow(operator.folder)).toEqual(good);
    // Files that are made aside, renamed and removed.
    expect(deaths).toBeGreaterThanOrEqual(10);
  });
});

/** Files of before, and a worker in place of another since. */
async function operatorWithOldFiles(command: CommandName): Promise<Operator> {
  const operator = await Operator.with({}, { text: SMALL });
  for (const name of ['discover', 'generate'] as const) await well(operator[name]());
  await operator.edit((document) =>
    document.setIn(['workers', 0], document.createNode({ name: 'worker-2', ip_address: '192.168.10.111' })),
  );
  await operator.join();
  if (command === 'generate') await well(operator.discover());
  return operator;
}

/** A control plane and a worker. */
const SMALL = BASE.replace(/  - \{ name: cp-[23].*\n/g, '').replace(/gpu_workers:[\s\S]*/, '');

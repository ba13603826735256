import { parameterError } from '../errors';
import { parseUpid } from '../formats/upid';
import { route, type Call, type Route } from '../server/call';
import type { Task } from '../store/types';

const TASK = '/nodes/{node}/tasks/{upid}';

export const taskRoutes: readonly Route[] = [
  route('GET', '/nodes/{node}/tasks', list),
  route('GET', `${TASK}/status`, status),
  route('GET', `${TASK}/log`, log),
  route('DELETE', TASK, stop),
];

function list(call: Call): unknown {
  return [...call.state.tasks.values()]
    .filter(({ node }) => node === call.node)
    .filter(({ user }) => user === call.who.id || call.has(`/nodes/${call.node}`, 'Sys.Audit'))
    .reverse()
    .map(describe);
}

function status(call: Call): unknown {
  return describe(find(call));
}

function log(call: Call): unknown {
  const limit = call.optional('limit') === undefined ? 50 : call.int('limit');
  const start = call.optional('start') === undefined ? 0 : call.int('start');
  return find(call)
    .log.slice(start, limit === 0 ? undefined : start + limit)
    .map((t, index) => ({ n: start + index + 1, t }));
}

/** Ends a running task; for one that has ended there is nothing to do. */
function stop(call: Call): unknown {
  call.stopTask(find(call).upid);
  return null;
}

/** Tasks of others take a privilege. */
function find(call: Call): Task {
  const upid = call.text('upid');
  if (!parseUpid(upid)) throw parameterError({ upid: `unable to parse worker upid '${upid}'` });
  const task = call.state.tasks.get(upid);
  if (task?.node !== call.node) throw parameterError({ upid: 'no such task' });
  if (task.user !== call.who.id) call.need(`/nodes/${call.node}`, 'Sys.Audit');
  return task;
}

function describe({ upid, node, pid, pstart, type, id, user, starttime, status, exitstatus }: Task): unknown {
  const [name, tokenid] = user.split('!');
  return {
    upid,
    node,
    pid,
    pstart,
    type,
    id,
    user: name,
    starttime,
    status,
    ...(tokenid === undefined ? {} : { tokenid }),
    ...(exitstatus === undefined ? {} : { exitstatus }),
  };
}

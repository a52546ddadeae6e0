import { endWithReader } from '../commands/closed-pipe.js';
import { IpcCalls } from './ipc-calls.js';
import { type RunningServer, startServer } from './server.js';
import type { GroupTask, ProcessMetrics, Started } from './siblings.js';

// One of several processes that answer at the same address; the first process of the service says what to do.

endWithReader();
// a signal from a terminal or a supervisor reaches all processes at once: the first one decides what it means
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

let server: RunningServer | undefined;
const calls = new IpcCalls((message) => process.send?.(message), carryOut);
process.on('message', (message) => calls.receive(message));
void calls.call({ kind: 'hello' } satisfies GroupTask);

async function carryOut(task: GroupTask): Promise<Started | ProcessMetrics | undefined> {
  if (task.kind === 'start') {
    const running = await startServer(task.settings, { ask: (asked) => calls.call(asked) as Promise<unknown[]> });
    for (const [name, asked] of task.traffic)
      try {
        running.service.setTraffic(name, asked);
      } catch {
        // a version that is not there any more
      }
    server = running;
    return { address: running.address, models: running.models };
  }
  if (!server) return undefined;
  const { service } = server;
  switch (task.kind) {
    case 'reload':
      await server.reload();
      break;
    case 'traffic':
      service.setTraffic(...task.traffic);
      break;
    case 'metrics':
      return service.metrics.own();
    case 'spent':
      server.charge(task.spent);
      break;
    case 'stop':
      await server.stop();
      setImmediate(() => process.exit(0));
      break;
    default:
  }
  return undefined;
}

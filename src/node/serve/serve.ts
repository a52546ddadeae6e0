import type { CommandContext } from '../commands/context.js';
import { startServer } from './server.js';
import { parseSettings } from './settings.js';
import { WorkerGroup } from './worker-group.js';

/** What a server that has ended tells. */
export interface ServeSummary {
  address: string;
}

/**
 * Serves models until it is interrupted.
 * @param onReady told the address once requests are taken
 * @throws MillwrightError `USAGE`, `OPTION_INVALID`, `BUNDLE_…`, `OUTPUT_FAILED`
 */
export async function serve(
  options: unknown,
  context: CommandContext,
  onReady: (address: string, models: string[]) => void,
): Promise<ServeSummary> {
  const settings = parseSettings(options);
  const server = settings.workers > 1 ? await WorkerGroup.start(settings) : await startServer(settings);
  const onHangUp = () => {
    server.reload().catch(() => undefined); // logged
  };
  process.on('SIGHUP', onHangUp);
  onReady(server.address, server.models);
  await new Promise<void>((resolve) => {
    if (context.signal?.aborted) resolve();
    else context.signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  process.off('SIGHUP', onHangUp);
  await server.stop();
  return { address: server.address };
}

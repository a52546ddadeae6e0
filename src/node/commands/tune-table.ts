import { KernelHost } from '../../engine/kernels/kernel-host.js';
import { type TuneInput, type TuneResult, tune } from '../../engine/tune/tune.js';
import { workerTeam } from '../pool/worker-team.js';
import { catalog } from './catalog.js';

/** Searches on a team of threads; the result does not depend on it. @throws MillwrightError as the engine's `tune` */
export async function tuneTable(input: Omit<TuneInput, 'catalog' | 'host'>, threads: number): Promise<TuneResult> {
  const host = await KernelHost.create(threads > 1 ? workerTeam(threads) : undefined);
  try {
    return await tune({ ...input, catalog, host });
  } finally {
    await host.close();
  }
}

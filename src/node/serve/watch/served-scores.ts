import type { WindowSize } from '../../../engine/monitor/monitor.js';
import type { PerformanceReport } from '../../../engine/monitor/performance/performance-report.js';
import { decodeAnyBundle } from '../../commands/decode-any-bundle.js';
import { servedPerformance } from '../../commands/served-performance.js';
import type { Store } from '../../store/store.js';

/** Latest rows that are scored again for a page. */
const MOST_ROWS = 5000;

/** How a version of a project does on the rows that it answered lately; undefined where nothing tells. */
export async function servedScores(
  store: Store,
  model: string,
  version: string,
  window: WindowSize,
  by: readonly string[] = [],
): Promise<PerformanceReport | undefined> {
  const registered = await store.models.version(model, Number(version));
  if (!registered) return undefined;
  const bundle = await decodeAnyBundle(await store.artefacts.get(registered.bundle.sha256));
  return servedPerformance(bundle, store.traffic, { model, version: registered.version, window, by, limit: MOST_ROWS });
}

import type { PerformanceReport } from '../../../engine/monitor/performance/performance-report.js';
import type { MonitorPageContext } from '../../report/monitor-page.js';
import type { MonitorView, ShownAlert } from '../../report/monitor-view.js';
import type { AlertRecord } from '../../store/records.js';
import { originOf, type Watched } from './keeper.js';

/**
 * The page of the versions under watch.
 * @param models that may be seen; all when absent
 * @param recordsOf what a project's store knows of a version's alerts
 * @param scoresOf how a version does, by its answers and what came of them
 */
export async function watchPage(
  watched: readonly Watched[],
  models: readonly string[] | undefined,
  recordsOf: (model: string) => Promise<readonly AlertRecord[]>,
  scoresOf: (model: string, version: string) => Promise<PerformanceReport | undefined>,
  context: MonitorPageContext,
): Promise<string> {
  const [{ renderMonitorPage }, { monitorView }] = await Promise.all([
    import('../../report/monitor-page.js'),
    import('../../report/monitor-view.js'),
  ]);
  const views: MonitorView[] = [];
  for (const { about, monitor, begun } of watched) {
    if (!(models?.includes(about.model) ?? true)) continue;
    const records = new Map((await recordsOf(about.model)).map((r) => [r.origin, r]));
    const alerts = monitor.alerts.map((alert): ShownAlert => {
      const record = records.get(originOf(begun, alert.id));
      if (!record) return alert;
      const by = record.handled.at(-1)?.by;
      const handling = record.state === 'open' || record.state === 'ended' ? undefined : `${record.state}${by ? ` by ${by}` : ''}`;
      return { ...alert, ...(handling !== undefined && { handling }) };
    });
    const performance = await scoresOf(about.model, about.version);
    const known = { model: `${about.model}@${about.version}`, against: 'the training rows', unmet: [], alerts };
    views.push(monitorView(monitor, { ...known, ...(performance && { performance }) }));
  }
  return renderMonitorPage(views, context);
}

import type { Alert, Moment } from '../../../engine/monitor/alert.js';
import type { PerformanceReport } from '../../../engine/monitor/performance/performance-report.js';
import type { MonitorPageContext } from '../../report/monitor-page.js';
import type { MonitorView, ShownAlert, TrafficView } from '../../report/monitor-view.js';
import type { AlertRecord } from '../../store/records.js';
import { originOf, type Watched } from './keeper.js';
import type { WatchedTraffic } from './traffic-keeper.js';

/**
 * The page of the versions under watch, and of the requests of their models.
 * @param models that may be seen; all when absent
 * @param recordsOf what a project's store knows of a version's alerts
 * @param scoresOf how a version does, by its answers and what came of them
 */
export async function watchPage(
  watched: readonly Watched[],
  traffic: readonly WatchedTraffic[],
  models: readonly string[] | undefined,
  recordsOf: (model: string) => Promise<readonly AlertRecord[]>,
  scoresOf: (model: string, version: string) => Promise<PerformanceReport | undefined>,
  context: MonitorPageContext,
): Promise<string> {
  const [{ renderMonitorPage }, { monitorView, trafficOnly }] = await Promise.all([
    import('../../report/monitor-page.js'),
    import('../../report/monitor-view.js'),
  ]);
  const views: MonitorView[] = [];
  const handled = async (model: string, begun: string, alerts: readonly Alert[]): Promise<ShownAlert[]> => {
    const records = new Map((await recordsOf(model)).map((r) => [r.origin, r]));
    return alerts.map((alert): ShownAlert => {
      const record = records.get(originOf(begun, alert.id));
      if (!record) return alert;
      const by = record.handled.at(-1)?.by;
      const handling = record.state === 'open' || record.state === 'ended' ? undefined : `${record.state}${by ? ` by ${by}` : ''}`;
      return { ...alert, ...(handling !== undefined && { handling }) };
    });
  };
  const requestsOf = async ({ model, monitor, begun }: WatchedTraffic): Promise<TrafficView> => ({
    points: monitor.history,
    requests: monitor.requests,
    alerts: await handled(model, begun, monitor.alerts),
  });
  const seen = (model: string): boolean => models?.includes(model) ?? true;
  for (const { about, monitor, begun } of watched) {
    if (!seen(about.model)) continue;
    const alerts = await handled(about.model, begun, monitor.alerts);
    const performance = await scoresOf(about.model, about.version);
    const requests = traffic.find(({ model, version }) => model === about.model && version === about.version);
    const told = [...alerts, ...(performance ? atTheEnd(performance, monitor.total.rows) : [])];
    const known = { model: `${about.model}@${about.version}`, against: 'the training rows', unmet: [], alerts: told, latest: true };
    const more = { ...(performance && { performance }), ...(requests && { traffic: await requestsOf(requests) }) };
    views.push(monitorView(monitor, { ...known, ...more }));
  }
  // versions without a sketch of their training rows have requests all the same
  for (const requests of traffic) {
    const { model, version } = requests;
    if (!seen(model) || watched.some(({ about }) => about.model === model && about.version === version)) continue;
    views.push(trafficOnly(`${model}@${version}`, await requestsOf(requests)));
  }
  return renderMonitorPage(views, context);
}

/** Alerts of the latest rows, which count from 0, placed at the end of all. */
function atTheEnd({ alerts, windows }: PerformanceReport, rows: number): ShownAlert[] {
  const before = Math.max(0, rows - 1 - (windows.at(-1)?.to.row ?? 0));
  const moved = (at: Moment): Moment => ({ ...at, row: at.row + before });
  return alerts.map((alert) => ({ ...alert, since: moved(alert.since), raised: moved(alert.raised), seen: moved(alert.seen) }));
}

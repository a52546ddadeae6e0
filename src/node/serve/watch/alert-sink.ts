import type { Alert } from '../../../engine/monitor/alert.js';
import { LIVE } from '../../commands/alerts.js';
import { alertDetail, endAlert, MONITOR, raiseAlert } from '../../commands/registry/alerts.js';
import type { Store } from '../../store/store.js';
import type { WatchedVersion } from './watch-task.js';

type Version = Pick<WatchedVersion, 'model' | 'version'>;

/** Where alerts go. */
export interface AlertSink {
  /** That it has begun, or goes on. */
  tell(version: Version, origin: string, alert: Alert): Promise<void>;
  end(version: Version, origin: string, alert: Pick<Alert, 'kind' | 'severity' | 'what'>): Promise<void>;
  /** Ends alerts whose origin begins so, but for those that are known. */
  forget(version: Version, origins: string, but: ReadonlySet<string>): Promise<void>;
}

/** Alerts as records of a project's store. */
export function storeSink(store: Store): AlertSink {
  return {
    async tell({ model, version }, origin, alert) {
      const { kind, severity } = alert;
      await raiseAlert(store, MONITOR, { model, version, origin, kind, severity, detail: alertDetail(alert) });
    },
    end: ({ model, version }, origin) => endAlert(store, MONITOR, { model, version, origin }),
    async forget({ model, version }, origins, but) {
      for (const alert of await store.alerts.list({ models: [model], states: LIVE, limit: 10_000 }))
        if (alert.version === version && alert.origin.startsWith(origins) && !but.has(alert.origin))
          await endAlert(store, MONITOR, { model, version, origin: alert.origin });
    },
  };
}

/** Alerts as lines of the server's log. */
export function logSink(note: (fields: object, message: string) => void): AlertSink {
  const told = new Set<string>();
  return {
    async tell({ model, version }, origin, { kind, severity, what }) {
      if (told.has(origin)) return;
      told.add(origin);
      note({ model, version, kind, severity, what }, 'alert raised');
    },
    async end({ model, version }, origin, { kind, severity, what }) {
      told.delete(origin);
      note({ model, version, kind, severity, what }, 'alert ended');
    },
    async forget() {},
  };
}

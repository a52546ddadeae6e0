import type { CodedRows } from '../../../engine/monitor/observer.js';
import type { TrafficCounts } from '../../../engine/monitor/traffic/traffic-counts.js';

/** A version that is to be watched. */
export interface WatchedVersion {
  readonly model: string;
  readonly version: string;
  readonly sha256: string;
  /** As the bundle holds it. */
  readonly reference: unknown;
  /** Columns of the reference that the service does not read. */
  readonly ignore: readonly string[];
}

/** Requests of some models since the last time, and whenever that changes what is served. */
export interface TrafficTask {
  readonly kind: 'traffic';
  /** All models, each with the version that answers. */
  readonly serving?: readonly { readonly model: string; readonly version: string }[];
  readonly counts?: readonly { readonly model: string; readonly counts: TrafficFigures }[];
}

/** Plain data of `TrafficCounts`. */
export type TrafficFigures = Pick<TrafficCounts, 'requests' | 'refused' | 'failed' | 'latency' | 'answers'>;

/** What those who answer tell whoever watches. */
export type WatchTask =
  | TrafficTask
  | { readonly kind: 'open'; readonly version: WatchedVersion }
  | { readonly kind: 'rows'; readonly model: string; readonly version: string; readonly rows: CodedRows };

/** Asks for the page of what is watched. */
export interface PageTask {
  readonly kind: 'page';
  /** That may be seen; all when absent. */
  readonly models?: readonly string[];
  /** Columns to tell scores by. */
  readonly by?: readonly string[];
}

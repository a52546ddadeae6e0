import type { CodedRows } from '../../../engine/monitor/observer.js';

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

/** What those who answer tell whoever watches. */
export type WatchTask =
  | { readonly kind: 'open'; readonly version: WatchedVersion }
  | { readonly kind: 'rows'; readonly model: string; readonly version: string; readonly rows: CodedRows };

/** Asks for the page of what is watched. */
export interface PageTask {
  readonly kind: 'page';
  /** That may be seen; all when absent. */
  readonly models?: readonly string[];
}

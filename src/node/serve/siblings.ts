import type { MetricObjectWithValues, MetricValue } from 'prom-client';
import type { ServeSettings } from './settings.js';
import type { PageTask, WatchTask } from './watch/watch-task.js';

/** Traffic of a model as it was asked for. */
export type AskedTraffic = readonly [name: string, asked: unknown];

/** What the processes of one service ask of each other. */
export type GroupTask =
  /** Of a new worker: load the models and listen. */
  | { readonly kind: 'start'; readonly settings: ServeSettings; readonly traffic: readonly AskedTraffic[] }
  /** Of the first process: a worker has come up. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'reload' }
  | { readonly kind: 'traffic'; readonly traffic: AskedTraffic }
  | { readonly kind: 'metrics' }
  /** Of the first process: rows were answered. */
  | { readonly kind: 'watch'; readonly task: WatchTask }
  /** Of the first process: the page of what is watched. */
  | PageTask
  /** Callers took so many from their share of requests. */
  | { readonly kind: 'spent'; readonly spent: readonly (readonly [caller: string, count: number])[] }
  | { readonly kind: 'stop' };

/** What a worker tells when it listens. */
export interface Started {
  readonly address: string;
  readonly models: string[];
}

/** Metrics of one process, as the library for them sums them. */
export type ProcessMetrics = MetricObjectWithValues<MetricValue<string>>[];

/** The other processes of the same service. */
export interface Siblings {
  /** Asks all of them. @returns what each said @throws when one could not do it */
  ask(task: GroupTask): Promise<unknown[]>;
}

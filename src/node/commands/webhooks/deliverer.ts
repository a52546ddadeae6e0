import { setMaxListeners } from 'node:events';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Rng } from '../../../core/rng.js';
import type { DeliveryRecord } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { chatMessage } from './event-text.js';
import { sendMail } from './mail.js';
import { hostOf, isPublic, publicLookup, refusedAddress } from './public-address.js';
import { signed } from './signature.js';

/** Milliseconds that a receiver has to answer. */
const PATIENCE = 15_000;
/** Milliseconds that a delivery is one process's: longer than its receiver has. */
const LEASE = 60_000;
/** Deliveries that are under way at once. */
const MOST = 16;
/** Milliseconds between two looks at the outbox. */
const POLL = 1000;

/** Attempts until a delivery is given up, after about three days. */
export const ATTEMPTS = 20;
const FIRST_WAIT = 5000;
const LONGEST_WAIT = 6 * 3_600_000;
/** What a receiver may ask us to wait. */
const LONGEST_ASKED = 24 * 3_600_000;

/**
 * Milliseconds to wait after so many attempts: 5 s, then three times as long each time up to 6 h, a quarter more or less by chance so that
 * receivers that were away are not called by all at once.
 */
export function waitAfter(attempts: number, rng: Rng): number {
  let wait = FIRST_WAIT;
  for (let i = 1; i < attempts && wait < LONGEST_WAIT; i++) wait *= 3;
  return Math.round(Math.min(wait, LONGEST_WAIT) * (0.75 + 0.5 * rng.float()));
}

/** An event as CloudEvents 1.0 (structured JSON). */
export function cloudEvent(store: string, { event, type, subject, at, data }: Omit<DeliveryRecord, 'id' | 'webhook'>): string {
  const head = { specversion: '1.0', id: event, source: `urn:millwright:${store}`, type: `millwright.${type}`, subject, time: at };
  return JSON.stringify({ ...head, datacontenttype: 'application/json', data });
}

/** What a receiver said: a status, or why there is none. */
export interface Answer {
  status?: number;
  error?: string;
  /** Milliseconds. */
  retryAfter?: number;
}

export interface DelivererOptions {
  patience?: number;
  lease?: number;
  seed?: number;
}

/** What a pass over the outbox came to. */
export interface Delivered {
  delivered: number;
  failed: number;
}

/** Sends what is due in the outbox. Several processes may do so at once: a delivery is leased by one; an event may arrive twice, never not at all. */
export class Deliverer {
  readonly #rng: Rng;
  readonly #patience: number;
  readonly #lease: number;

  constructor(
    private readonly store: Store,
    { patience = PATIENCE, lease = LEASE, seed = 0 }: DelivererOptions = {},
  ) {
    this.#rng = new Rng(seed);
    this.#patience = patience;
    this.#lease = lease;
  }

  /** Until it is stopped. @param onFailure told when the store does not answer */
  async run(stop: AbortSignal, onFailure: (message: string) => void): Promise<void> {
    const flying = new Set<Promise<void>>();
    setMaxListeners(2 * MOST, stop);
    while (!stop.aborted) {
      const started = await this.#start(flying, stop).catch((error: Error) => {
        onFailure(error.message);
        return [];
      });
      for (const one of started) one.catch((error: Error) => onFailure(error.message));
      if (started.length === 0) await pause(POLL, undefined, { signal: stop }).catch(() => undefined);
    }
    await Promise.allSettled(flying);
  }

  /** Until nothing is due. */
  async drain(stop: AbortSignal = new AbortController().signal): Promise<Delivered> {
    const flying = new Set<Promise<void>>();
    setMaxListeners(2 * MOST, stop);
    const told: Delivered = { delivered: 0, failed: 0 };
    while (!stop.aborted) {
      const started = await this.#start(flying, stop, told);
      if (started.length === 0 && flying.size === 0) break;
      if (started.length === 0) await Promise.race(flying);
    }
    await Promise.all(flying);
    return told;
  }

  async #start(flying: Set<Promise<void>>, stop: AbortSignal, told?: Delivered): Promise<Promise<void>[]> {
    if (flying.size >= MOST) return [];
    const due = await this.store.events.claim({ limit: MOST - flying.size, leaseMilliseconds: this.#lease });
    return due.map((delivery) => {
      const one = this.#deliver(delivery, stop, told).finally(() => flying.delete(one));
      flying.add(one);
      one.catch(() => undefined); // whoever waits for it hears of it too
      return one;
    });
  }

  async #deliver(delivery: DeliveryRecord, stop: AbortSignal, told?: Delivered): Promise<void> {
    const answer = await this.send(delivery, stop);
    if (taken(answer)) {
      await this.store.events.delivered(delivery.id);
      if (told) told.delivered++;
      return;
    }
    if (told) told.failed++;
    const { status, error = `HTTP ${status}`, retryAfter = 0 } = answer;
    const over = status === 410 || delivery.attempts >= ATTEMPTS; // 410: it is gone for good
    const wait = Math.max(waitAfter(delivery.attempts, this.#rng.child(delivery.id, delivery.attempts)), retryAfter);
    await this.store.events.failed(delivery.id, error, over ? undefined : new Date(Date.now() + wait).toISOString());
  }

  /** Sends one event, once; nothing is kept of it. */
  send(delivery: Omit<DeliveryRecord, 'id' | 'webhook'>, stop?: AbortSignal): Promise<Answer> {
    if (delivery.url.startsWith('mailto:')) return sendMail(delivery, this.#patience, stop);
    const chat = delivery.format === 'chat';
    const body = chat ? chatMessage(delivery) : cloudEvent(this.store.id, delivery);
    const headers = {
      ...signed(delivery.secret, delivery.event, Math.floor(Date.now() / 1000), body),
      'content-type': `application/${chat ? 'json' : 'cloudevents+json'}; charset=utf-8`,
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'millwright',
    };
    return post(new URL(delivery.url), headers, body, { allowPrivate: delivery.allowPrivate, patience: this.#patience, stop });
  }
}

/** Whether a receiver took the event. */
export const taken = ({ status }: Answer): boolean => status !== undefined && status >= 200 && status < 300;

interface PostOptions {
  allowPrivate: boolean;
  patience: number;
  stop?: AbortSignal;
}

/** Follows no redirect and reads no body: what a receiver answers beyond its status tells nobody anything. */
function post(url: URL, headers: Record<string, string>, body: string, { allowPrivate, patience, stop }: PostOptions): Promise<Answer> {
  const host = hostOf(url);
  // names are looked at by the look-up
  if (!allowPrivate && isIP(host) !== 0 && !isPublic(host)) return Promise.resolve({ error: refusedAddress(host).message });
  return new Promise((resolve) => {
    const ask = url.protocol === 'https:' ? requestHttps : requestHttp;
    const asked = ask(url, { method: 'POST', headers, agent: false, ...(!allowPrivate && { lookup: publicLookup as never }) });
    const fail = (why: string): void => void asked.destroy(new Error(why));
    const timer = setTimeout(() => fail(`no answer in ${patience / 1000} s`), patience);
    const onStop = (): void => fail('the server is ending');
    stop?.addEventListener('abort', onStop, { once: true });
    const end = (answer: Answer): void => {
      clearTimeout(timer);
      stop?.removeEventListener('abort', onStop);
      resolve(answer);
    };
    asked.on('response', (response) => {
      const seconds = Number(response.headers['retry-after']);
      const retryAfter = seconds > 0 ? Math.min(seconds * 1000, LONGEST_ASKED) : undefined;
      end({ status: response.statusCode ?? 0, ...(retryAfter !== undefined && { retryAfter }) });
      response.destroy();
    });
    asked.on('error', (error) => end({ error: error.message.slice(0, 300) || 'the connection failed' }));
    asked.end(body);
    if (stop?.aborted) onStop();
  });
}

import type { ServerResponse } from 'node:http';
import { failureBody, Refusal } from './refusal.js';

interface Waiting {
  readonly response: ServerResponse;
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string | Uint8Array;
}

const FIXED = ['x-content-type-options', 'nosniff', 'cache-control', 'no-store'];
const JSON_TYPE = ['content-type', 'application/json; charset=utf-8', ...FIXED];

const OVERLOADED_HEADERS = [...JSON_TYPE, 'retry-after', '1'];
const OVERLOADED = failureBody(
  new Refusal('OVERLOADED', 'The server has more requests than it can answer in time.', 'Try again in a second.'),
).body;
const TURN_AWAY_MILLISECONDS = 50;
/** Answers leave in groups of so many, or of so many signs of the log, at most: the first of a long turn do not wait for its last. */
const MOST_WAITING = 32;
const MOST_LINES = 65_536;
/** Beyond this, connections are cut instead. */
const MOST_TURNED_AWAY = 4096;

/**
 * Sends answers in groups, as far as requests arrived together: their log lines are written by one call before any of them leaves.
 */
export class AnswerBox {
  #waiting: Waiting[] = [];
  #lines = '';
  #lineCount = 0;
  #asked = false;
  #turnedAway = 0;
  /** Answers are the last of their connections. */
  closing = false;

  /** @param write takes whole lines, and how many answers they tell of */
  constructor(private readonly write: (lines: string, count: number) => void) {}

  /** Queues an answer, JSON unless the headers say otherwise. @param line what is logged of it, ended by a line break */
  send(response: ServerResponse, status: number, body: string | Uint8Array, line = '', headers: readonly string[] = JSON_TYPE): void {
    this.#waiting.push({ response, status, headers, body });
    if (line !== '') this.#add(line);
    if (this.#waiting.length >= MOST_WAITING || this.#lines.length >= MOST_LINES) this.#sendAll();
    else this.#ask();
  }

  /** Writes the log line of an answer that is sent by other means. */
  note(line: string): void {
    this.#add(line);
    this.#flushLines();
  }

  #add(line: string): void {
    this.#lines += line;
    this.#lineCount++;
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    setImmediate(() => {
      this.#asked = false;
      this.#sendAll();
    });
  }

  /**
   * Answers that there is no time, after a moment: a caller that asks again at once then costs little.
   */
  turnAway(response: ServerResponse): void {
    if (this.#turnedAway >= MOST_TURNED_AWAY) {
      response.destroy();
      return;
    }
    this.#turnedAway++;
    setTimeout(() => {
      this.#turnedAway--;
      this.send(response, 503, OVERLOADED, '', OVERLOADED_HEADERS);
    }, TURN_AWAY_MILLISECONDS);
  }

  #flushLines(): void {
    if (this.#lines === '') return;
    this.write(this.#lines, this.#lineCount);
    this.#lines = '';
    this.#lineCount = 0;
  }

  #sendAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#flushLines();
    for (const { response, status, headers, body } of waiting) {
      if (response.destroyed) continue;
      const all = [...headers, 'content-length', String(Buffer.byteLength(body))];
      if (this.closing) all.push('connection', 'close');
      response.writeHead(status, all);
      response.end(body);
    }
  }
}

import { LATENCY_PLACES, latencyPlace } from './latency-places.js';

/** Places that answers are divided into. */
export const ANSWER_PLACES = 8;

/** What is counted of the requests of some time: whole numbers that add up. */
export class TrafficCounts {
  requests = 0;
  /** Answered by a status of 400 to 499. */
  refused = 0;
  /** Answered by 500 and more. */
  failed = 0;
  /** By `latencyPlace`, of those that were answered well. */
  readonly latency = new Float64Array(LATENCY_PLACES);
  readonly answers = new Float64Array(ANSWER_PLACES);

  /** Counts a request. @param seconds to its answer; NaN where that says nothing */
  request(status: number, seconds: number): void {
    this.requests++;
    if (status >= 500) this.failed++;
    else if (status >= 400) this.refused++;
    else if (seconds >= 0) {
      const place = latencyPlace(seconds);
      this.latency[place] = (this.latency[place] as number) + 1;
    }
  }

  merge(other: Pick<TrafficCounts, 'requests' | 'refused' | 'failed' | 'latency' | 'answers'>): void {
    this.requests += other.requests;
    this.refused += other.refused;
    this.failed += other.failed;
    for (let k = 0; k < this.latency.length; k++) this.latency[k] = (this.latency[k] as number) + (other.latency[k] as number);
    for (let k = 0; k < this.answers.length; k++) this.answers[k] = (this.answers[k] as number) + (other.answers[k] as number);
  }
}

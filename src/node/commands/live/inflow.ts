import type { MillwrightError } from '../../../core/errors.js';

/** A message with its place in the stream that it came by. */
export interface Message {
  /** The same each time that it is delivered, and no other message's. */
  readonly id: string;
  /** Messages of one shard are told apart by `offset`; a stream that was deleted and made anew is another shard. */
  readonly shard: string;
  /** From 0. */
  readonly offset: number;
  /** One row as JSON, or why it could not be taken in. */
  readonly body: Uint8Array | MillwrightError;
  /** Another process, or one before, may have dealt with it. */
  readonly again?: boolean;
}

/** Messages that arrived together, in order. */
export interface Delivery {
  readonly messages: readonly Message[];
  /** Says that they are dealt with for good: they will not be delivered again. */
  acknowledge(): Promise<void>;
}

/** Where messages come from: the next delivery is asked for when the one before is dealt with, so that a slow reader is not run over. */
export interface Inflow {
  /** For people; without a password. */
  readonly label: string;
  /** Whether what was not acknowledged is delivered again, to another process if need be. */
  readonly again: boolean;
  /** Ends when the stream does, or at an interrupt. @throws MillwrightError `STREAM_UNREACHABLE`, `DATA_UNREADABLE` */
  deliveries(): AsyncIterable<Delivery>;
  /** The offset up to which all of a shard is acknowledged; `undefined` when nobody knows. */
  settled(shard: string): Promise<number | undefined>;
  close(): Promise<void>;
}

/** Bytes that a message may have. */
export const LARGEST_MESSAGE = 1024 * 1024;
/** Messages that are dealt with at once, at most. */
export const MOST_AT_ONCE = 1000;

import type { ArtefactRef } from './records.js';

/** Files by the SHA-256 of their content. */
export interface Artefacts {
  /** Whole or not at all; content that is there already is left as it is. @throws MillwrightError `OUTPUT_FAILED` */
  put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<ArtefactRef>;
  has(sha256: string): Promise<boolean>;
  /** The content, checked. @throws MillwrightError `NOT_FOUND`, `ARTEFACT_DAMAGED` */
  get(sha256: string): Promise<Uint8Array>;
  /**
   * The content in parts. It is checked on the way: of what is damaged the last part never comes.
   * @throws MillwrightError `NOT_FOUND`, `ARTEFACT_DAMAGED`
   */
  read(sha256: string): Promise<AsyncIterable<Uint8Array>>;
  /** All that are older than so many milliseconds and not kept go. @returns what went */
  sweep(keep: (sha256: string) => boolean, olderThan: number): Promise<ArtefactRef[]>;
}

/** Rows to fit on, and rows (if any) to stop and to score on; indices into the answered rows. */
export interface FoldRows {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

/** Watches one stream of numbers a value at a time, in memory that does not grow. */
export interface Detector {
  /** Takes the next value (of errors: 1 for an error, 0 for none). @returns what it shows now; after `drift` it begins anew */
  update(value: number): 'steady' | 'warning' | 'drift';
}

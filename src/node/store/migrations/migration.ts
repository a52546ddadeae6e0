/** One step from a released shape of the store to the next. */
export interface Migration {
  /** From 1, without gaps. */
  number: number;
  name: string;
  /** What both databases understand. */
  sql: string;
  /** What only one does, after it. */
  sqlite?: string;
  postgres?: string;
}

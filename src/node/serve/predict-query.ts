import { Refusal } from './refusal.js';

/** What the address asks beside the rows. */
export interface PredictQuery {
  readonly version?: string;
  /** Requests with the same key go to the same version. */
  readonly key?: string;
  /** Cells that cannot be read count as missing. */
  readonly lenient: boolean;
  /** Columns to name for each row, those that moved it most; 0 for none. */
  readonly reasons: number;
  /** Share of rows that an interval should hold. */
  readonly interval?: number;
  /** Share of rows whose class a set should hold. */
  readonly set?: number;
}

function wrong(name: string): Refusal {
  return new Refusal(
    'REQUEST_INVALID',
    `The parameter ${JSON.stringify(name.slice(0, 60))} is not known, is given twice, or has a value that it cannot have.`,
    'There are version, key, lenient=true|false, reasons=0…100, interval=0.5…0.99 and set=0.5…0.99.',
  );
}

function isShare(value: string): boolean {
  return /^[0-9.eE+-]{1,30}$/.test(value) && Number(value) >= 0.5 && Number(value) <= 0.99;
}

const NONE: PredictQuery = { lenient: false, reasons: 0 };

/** @throws Refusal `REQUEST_INVALID` */
export function predictQuery(query: unknown): PredictQuery {
  let asked: { -readonly [K in keyof PredictQuery]: PredictQuery[K] } | undefined;
  for (const name in query as Record<string, unknown>) {
    const value = (query as Record<string, unknown>)[name];
    asked ??= { ...NONE };
    if (typeof value !== 'string') throw wrong(name);
    if (name === 'version') asked.version = value;
    else if (name === 'key') asked.key = value;
    else if (name === 'lenient' && (value === 'true' || value === 'false')) asked.lenient = value === 'true';
    else if (name === 'reasons' && /^(\d{1,2}|100)$/.test(value)) asked.reasons = Number(value);
    else if ((name === 'interval' || name === 'set') && isShare(value)) asked[name] = Number(value);
    else throw wrong(name);
  }
  return asked ?? NONE;
}

import { MillwrightError } from '../core/errors.js';

/** The fields of one JSON object from outside: every read is checked, and says where it failed. */
export class Fields {
  readonly #object: Record<string, unknown>;

  /**
   * @param where what is being read, for the message, e.g. `recipe.json`
   * @throws MillwrightError `BUNDLE_UNREADABLE` when `value` is not an object
   */
  constructor(
    value: unknown,
    readonly where: string,
  ) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable(`${where} is not an object.`);
    this.#object = value as Record<string, unknown>;
  }

  /** Whether the field is there, whatever it holds. */
  has(key: string): boolean {
    return Object.hasOwn(this.#object, key);
  }

  /** The field as it is, `undefined` when absent; never an inherited property. */
  raw(key: string): unknown {
    return this.has(key) ? this.#object[key] : undefined;
  }

  /** The object as it came. */
  all(): Record<string, unknown> {
    return this.#object;
  }

  text(key: string): string {
    const value = this.raw(key);
    return typeof value === 'string' ? value : this.#wrong(key, 'a text');
  }

  boolean(key: string): boolean {
    const value = this.raw(key);
    return typeof value === 'boolean' ? value : this.#wrong(key, 'true or false');
  }

  /** A finite number. */
  number(key: string): number {
    const value = this.raw(key);
    return typeof value === 'number' && Number.isFinite(value) ? value : this.#wrong(key, 'a finite number');
  }

  /** A whole number in [min, max]. */
  whole(key: string, min: number, max: number): number {
    const value = this.raw(key);
    return Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max
      ? (value as number)
      : this.#wrong(key, `a whole number from ${min} to ${max}`);
  }

  /** One of the given texts. */
  choice<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.raw(key);
    return choices.includes(value as T) ? (value as T) : this.#wrong(key, `one of ${choices.join(', ')}`);
  }

  /** A list of texts, of the given length when one is given. */
  texts(key: string, length?: number): string[] {
    const value = this.raw(key);
    const good = Array.isArray(value) && value.length === (length ?? value.length) && value.every((v) => typeof v === 'string');
    return good ? value : this.#wrong(key, `a list of ${length ?? ''} texts`);
  }

  /** A list of finite numbers, of the given length when one is given. */
  numbers(key: string, length?: number): number[] {
    const value = this.raw(key);
    const good = Array.isArray(value) && value.length === (length ?? value.length) && value.every((v) => Number.isFinite(v));
    return good ? value : this.#wrong(key, `a list of ${length ?? ''} finite numbers`);
  }

  object(key: string): Fields {
    return new Fields(this.raw(key), `${this.where}.${key}`);
  }

  /** A list of objects, each read by `read`. */
  list<T>(key: string, read: (fields: Fields, index: number) => T): T[] {
    const value = this.raw(key);
    if (!Array.isArray(value)) return this.#wrong(key, 'a list');
    return value.map((item, i) => read(new Fields(item, `${this.where}.${key}[${i}]`), i));
  }

  #wrong(key: string, expected: string): never {
    throw unreadable(`${this.where}.${key} is not ${expected}.`);
  }
}

/** The error for content that no Millwright wrote. */
export function unreadable(message: string, cause?: unknown): MillwrightError {
  return new MillwrightError(
    'BUNDLE_UNREADABLE',
    message,
    'The file is damaged or is not a Millwright bundle: save it again from its run.',
    { cause },
  );
}

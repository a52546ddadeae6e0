/** Hands out column names that are not taken yet. */
export class FreshNames {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken);
  }

  /** The wanted name, or with the lowest number from 2 that makes it new. */
  take(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.#taken.has(name); n++) name = `${wanted} ${n}`;
    this.#taken.add(name);
    return name;
  }
}

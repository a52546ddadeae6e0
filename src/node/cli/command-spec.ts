/** An option as commander writes it. `repeat`: may be given several times. */
export interface OptionSpec {
  flags: string;
  doc: string;
  repeat?: boolean;
  group?: string;
}

/** One verb of the command line: data only, so that help needs nothing else loaded. */
export interface CommandSpec {
  name: string;
  arguments: string;
  doc: string;
  options: readonly OptionSpec[];
  examples: readonly string[];
}

export const JSON_OPTION: OptionSpec = { flags: '--json', doc: 'write JSON for machines on standard output, and nothing else' };

import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { endWithReader } from '../commands/closed-pipe.js';
import { ANSWERING_COMMANDS } from './answering-table.js';
import { BUNDLE_COMMANDS } from './bundle-table.js';
import type { CommandSpec } from './command-spec.js';
import { PROJECT_COMMANDS } from './project-table.js';
import { TRAINING_COMMANDS } from './training-table.js';

// Only commander and the tables are loaded here: help must be about as quick as an empty program.

function version(): string {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

function addCommand(program: Command, spec: CommandSpec): void {
  const command = program.command(spec.name).description(spec.doc);
  for (const argument of spec.arguments.split(' ').filter(Boolean)) command.argument(argument);
  for (const option of spec.options) {
    const made = new Option(option.flags, option.doc);
    if (option.repeat) made.argParser(collect);
    command.addOption(made);
  }
  command.addHelpText('after', `\nExamples:\n${spec.examples.map((e) => `  ${e}`).join('\n')}`);
  command.action(async () => {
    const { perform } = await import('./perform.js');
    await perform(spec.name, command.processedArgs.flat().filter((arg) => arg !== undefined) as string[], command.opts());
  });
}

const program = new Command('millwright')
  .description('An automated ML engineer: raw table in, scored, explained and saved model out.')
  .version(version())
  .showSuggestionAfterError()
  .exitOverride()
  .configureOutput({ outputError: () => undefined })
  .addHelpText(
    'after',
    '\nStart here:\n  millwright run examples/birdstrikes.csv --target Damage\n\nExit status: 0 done, 1 failed, 2 wrong usage, 3 alerts (monitor --fail-on), 130 interrupted with the best so far saved, 141 nobody read what it wrote.',
  );
for (const spec of [...TRAINING_COMMANDS, ...ANSWERING_COMMANDS, ...BUNDLE_COMMANDS, ...PROJECT_COMMANDS]) addCommand(program, spec);

endWithReader();
try {
  if (process.argv.length <= 2) {
    program.outputHelp();
    process.exitCode = 2;
  } else await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0;
  else {
    const { reportFailure } = await import('./report-failure.js');
    await reportFailure(error, process.argv.includes('--json'));
  }
}

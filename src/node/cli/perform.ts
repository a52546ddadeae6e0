import { shellWord } from '../../core/shell-word.js';
import type { CommandContext } from '../commands/context.js';
import { EXIT } from '../commands/exit-status.js';
import { nodeClock } from '../commands/node-clock.js';
import { redact } from '../commands/redact.js';
import { watchInterrupts } from './interrupts.js';
import { jsonView, lineView, type ProgressView, silentView, terminalView } from './progress-view.js';
import { reportFailure } from './report-failure.js';
import { plain } from './words.js';

type Options = Record<string, unknown> & { json?: boolean; quiet?: boolean };

function chooseView(options: Options): ProgressView {
  if (options.json) return jsonView(process.stdout, nodeClock.now);
  if (options.quiet) return silentView;
  if (!process.stderr.isTTY || process.env.TERM === 'dumb') return lineView(process.stderr, nodeClock.now);
  return terminalView(process.stderr, !process.env.NO_COLOR, nodeClock.now);
}

/** A shell command that would do this again. */
function commandLine(): string {
  return redact(['millwright', ...process.argv.slice(2)].map(shellWord).join(' '));
}

/** Does a command for the command line: progress and notes to standard error, the result to standard output, then exits. */
export async function perform(name: string, positional: string[], options: Options): Promise<void> {
  const view = chooseView(options);
  const interrupts = watchInterrupts(() => {
    view.clear();
    if (options.json) return;
    const now =
      name === 'serve'
        ? 'Ending: answering what has arrived.'
        : name === 'score'
          ? 'Interrupted: what is written stays, and the same command goes on.'
          : options.stream
            ? 'Ending: what has arrived is looked at.'
            : 'Interrupted: saving the best so far.';
    process.stderr.write(`${now} Once more quits at once.\n`);
  });
  const context: CommandContext = {
    startedAt: 0,
    onProgress: (progress) => view.show(progress),
    onNote: (note) => {
      view.clear();
      if (!options.json) process.stderr.write(`note: ${plain(note, 2000)}\n`);
    },
    signal: interrupts.signal,
    commandLine: commandLine(),
  };
  try {
    process.exitCode = await dispatch(name, positional, options, context, view);
  } catch (error) {
    view.clear();
    await reportFailure(error, options.json === true);
  }
  interrupts.stop();
  // Database and worker threads may be left; what was asked for is done.
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit();
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}

async function dispatch(
  name: string,
  positional: string[],
  options: Options,
  context: CommandContext,
  view: ProgressView,
): Promise<number> {
  const say = (text: string, object: object) => {
    view.clear();
    process.stdout.write(options.json ? `${JSON.stringify({ type: 'result', ...object })}\n` : text);
  };
  switch (name) {
    case 'run': {
      const { runCommand } = await import('../commands/run.js');
      const summary = await runCommand({ ...options, data: positional }, context);
      const { runText } = await import('./run-text.js');
      say(options.quiet ? '' : runText(summary), summary);
      return summary.interrupted ? EXIT.interrupted : EXIT.done;
    }
    case 'replay': {
      const { replayCommand } = await import('../commands/replay.js');
      const summary = await replayCommand({ ...options, run: positional[0] }, context);
      const { replayText } = await import('./replay-text.js');
      say(options.quiet ? '' : replayText(summary), summary);
      if (summary.interrupted && !summary.same) return EXIT.interrupted;
      return summary.same === false ? EXIT.failed : EXIT.done;
    }
    case 'plan': {
      const { planCommand } = await import('../commands/plan.js');
      const made = await planCommand({ ...options, data: positional }, context);
      if (options.json) say('', { plan: made.plan, file: made.file });
      else if (made.file) {
        const { planText } = await import('./plan-text.js');
        say(planText(made.plan, made.file), {});
      } else process.stdout.write(made.text);
      return EXIT.done;
    }
    case 'tune': {
      if (options.showSpace === true) {
        const [{ showSpace }, { spaceText }] = await Promise.all([import('../commands/tune-space.js'), import('./space-text.js')]);
        const card = showSpace(options);
        say(spaceText(card), card);
        return EXIT.done;
      }
      const { tuneCommand } = await import('../commands/tune.js');
      const summary = await tuneCommand({ ...options, data: positional }, context);
      const { tuneText } = await import('./tune-text.js');
      say(options.quiet ? '' : tuneText(summary), summary);
      return summary.ended === 'interrupt' ? EXIT.interrupted : EXIT.done;
    }
    case 'stream': {
      const [{ streamCommand }, { scoresText, streamText }] = await Promise.all([
        import('../commands/stream.js'),
        import('./stream-text.js'),
      ]);
      // predictions on standard output leave no room for scores there
      const out = options.predictions === '-' ? process.stderr : process.stdout;
      const summary = await streamCommand({ ...options, data: positional }, context, (scores) => {
        if (options.quiet !== true) out.write(options.json ? `${JSON.stringify({ type: 'score', ...scores })}\n` : scoresText(scores));
      });
      view.clear();
      out.write(options.json ? `${JSON.stringify({ type: 'result', ...summary })}\n` : streamText(summary));
      return summary.interrupted ? EXIT.interrupted : EXIT.done;
    }
    case 'label': {
      const { labelCommand } = await import('../commands/label.js');
      const [bundle, ...pool] = positional;
      const summary = await labelCommand({ ...options, bundle, pool }, context);
      const { labelText } = await import('./label-text.js');
      say(labelText(summary), summary);
      return EXIT.done;
    }
    case 'predict': {
      const { predictCommand } = await import('../commands/predict.js');
      const [bundle, ...data] = positional;
      const summary = await predictCommand({ ...options, bundle, data }, context);
      if (options.json) say('', summary);
      else {
        const { predictNotes } = await import('./predict-text.js');
        process.stderr.write(predictNotes(summary));
      }
      return EXIT.done;
    }
    case 'score': {
      const [model, ...data] = positional;
      if (options.stream === true) {
        const { scoreStreamCommand } = await import('../commands/score-stream.js');
        const summary = await scoreStreamCommand({ ...options, model, data }, context);
        const { scoreStreamText } = await import('./predict-text.js');
        // answers may be on standard output
        process.stderr.write(options.json ? `${JSON.stringify({ type: 'result', ...summary })}\n` : scoreStreamText(summary));
        return EXIT.done;
      }
      const { scoreCommand } = await import('../commands/score.js');
      const summary = await scoreCommand({ ...options, model, data }, context);
      const { scoreText } = await import('./predict-text.js');
      say(scoreText(summary), summary);
      return EXIT.done;
    }
    case 'monitor': {
      const [bundle, ...data] = positional;
      if (options.stream === true) {
        const { monitorStreamCommand } = await import('../commands/monitor-stream.js');
        const summary = await monitorStreamCommand({ ...options, bundle, data }, context);
        const { monitorText } = await import('./monitor-text.js');
        // records are on standard output
        process.stderr.write(options.json ? '' : monitorText(summary));
        return summary.failed ? EXIT.alert : EXIT.done;
      }
      const { monitorCommand } = await import('../commands/monitor.js');
      const summary = await monitorCommand({ ...options, bundle, data }, context);
      const { monitorText } = await import('./monitor-text.js');
      say(monitorText(summary), summary);
      return summary.failed ? EXIT.alert : EXIT.done;
    }
    case 'adopt': {
      const { adoptCommand } = await import('../commands/adopt.js');
      const summary = await adoptCommand({ ...options, model: positional[0] }, context);
      const { adoptText } = await import('./adopt-text.js');
      say(adoptText(summary), summary);
      return EXIT.done;
    }
    case 'sign': {
      const { signCommand } = await import('../commands/sign.js');
      const signed = await signCommand({ ...options, bundle: positional[0] });
      say(`Wrote ${plain(signed.signature, 500)}.\n`, signed);
      return EXIT.done;
    }
    case 'verify': {
      const { verifyCommand } = await import('../commands/sign.js');
      const found = await verifyCommand({ ...options, bundle: positional[0] });
      say(`Signed by the key ${found.key}.\n`, found);
      return EXIT.done;
    }
    case 'client': {
      const { clientCommand } = await import('../commands/client.js');
      const { text, out } = await clientCommand({ ...options, bundle: positional[0] });
      if (out === undefined) process.stdout.write(text);
      return EXIT.done;
    }
    case 'package': {
      const { packageCommand } = await import('../commands/package.js');
      const { text, ...summary } = await packageCommand({ ...options, bundle: positional[0] });
      if (text !== undefined) process.stdout.write(text);
      else {
        const { packageText } = await import('./package-text.js');
        say(packageText(summary), summary);
      }
      return EXIT.done;
    }
    case 'onnx': {
      const { onnxCommand } = await import('../commands/onnx-export.js');
      const summary = await onnxCommand({ ...options, bundle: positional[0] });
      const { onnxText } = await import('./onnx-text.js');
      say(onnxText(summary), summary);
      return EXIT.done;
    }
    case 'serve': {
      const { serve } = await import('../serve/serve.js');
      await serve({ ...options, models: positional }, context, (address, models) => {
        if (options.json) process.stdout.write(`${JSON.stringify({ type: 'ready', address, models })}\n`);
        else process.stdout.write(`Serving ${models.map((m) => plain(m, 200)).join(', ')} on ${address}\n`);
      });
      return EXIT.done;
    }
    case 'show': {
      const { showCommand } = await import('../commands/show.js');
      const card = await showCommand({ ...options, bundle: positional[0] });
      const { cardText } = await import('./card-text.js');
      say(cardText(card), card);
      return EXIT.done;
    }
    default: {
      const { projectVerb } = await import('./project-verbs.js');
      const { text, object, status = EXIT.done } = await projectVerb(name, positional, options, context);
      say(text, object);
      return status;
    }
  }
}

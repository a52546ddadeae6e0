import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { findProject, openStore } from '../store/open-store.js';
import type { Store } from '../store/store.js';
import type { CommandContext } from './context.js';
import type { Inflow } from './live/inflow.js';
import { LiveScorer } from './live/live-scorer.js';
import { openInflow } from './live/open-inflow.js';
import { openOutflow } from './live/open-outflow.js';
import type { Outflow } from './live/outflow.js';
import { splitNames } from './name-list.js';
import { nodeClock } from './node-clock.js';
import { parseInput, wholeNumber } from './options.js';
import type { PredictWarning } from './predict.js';
import { commandLineActor } from './registry/identity.js';
import { noteScoring } from './score/ledger.js';
import { scoredModel } from './score/scored-model.js';
import { shareAsked } from './sureness.js';

const input = z.object({
  model: z.string(),
  data: z.array(z.string()).default([]),
  from: z.string().min(1).optional(),
  out: z.string().min(1).optional(),
  into: z.string().min(1).optional(),
  to: z.string().min(1).optional(),
  key: z.array(z.string()).default([]),
  id: z.string().min(1).optional(),
  reasons: wholeNumber('--reasons', 0, 1000).default(0),
  interval: shareAsked('--interval'),
  set: shareAsked('--set'),
  as: z.string().optional(),
});
/** Options of `score` that mean nothing for a stream. */
const NOT_HERE = ['query', 'replace', 'resume', 'anew', 'chunk', 'at'];

type Asked = z.infer<typeof input>;

/** What scoring a stream came to, until it ended or was interrupted. */
export interface ScoreStreamSummary {
  source: string;
  target: string;
  model: string;
  version: string;
  messages: number;
  /** Messages that came again after their answers were written, as after a kill. */
  already: number;
  /** Messages that are no row of the model; each was answered with its error. */
  faults: number;
  warnings: PredictWarning[];
  seconds: number;
}

/**
 * Scores the rows of a stream while they come, until it ends or at an interrupt. A message is acknowledged once its answer is written.
 * @throws MillwrightError `USAGE`, `BUNDLE_…`, `NOT_ALLOWED`, `OPTION_INVALID`, `OUTPUT_FAILED`
 */
export async function scoreStreamCommand(options: unknown, context: CommandContext): Promise<ScoreStreamSummary> {
  const asked = parseInput(input, options);
  const given = options as Record<string, unknown>;
  const extra = NOT_HERE.find((name) => given[name] !== undefined);
  if (extra !== undefined) throw new MillwrightError('USAGE', `--${extra} does not go with --stream.`, 'Leave it out.');
  const project = findProject();
  const store = project && (await openStore(project));
  try {
    return await scoreStream(asked, store, context);
  } finally {
    await store?.close();
  }
}

async function scoreStream(asked: Asked, store: Store | undefined, context: CommandContext): Promise<ScoreStreamSummary> {
  const model = await scoredModel(asked.model, store);
  const { id, reasons, interval, set } = asked;
  const scorer = new LiveScorer(model, { key: splitNames(asked.key, new Set()), id, reasons, interval, set });
  let inflow: Inflow | undefined;
  let outflow: Outflow | undefined;
  try {
    inflow = await openInflow(
      asked.from === undefined ? asked.data : [asked.from, ...asked.data],
      `millwright-score-${model.name}`,
      context.signal,
    );
    outflow = await openOutflow(asked, inflow, scorer.columns, model.name);
    if (store) await noteScoring(store, await commandLineActor(store, asked.as), model, { target: outflow.label, source: inflow.label });
    let messages = 0;
    let fresh = 0;
    for await (const delivery of inflow.deliveries()) {
      fresh += await outflow.put(scorer.answer(delivery.messages, new Date().toISOString()));
      await delivery.acknowledge();
      await outflow.settle?.(inflow);
      messages += delivery.messages.length;
    }
    const { faults, warnings } = scorer;
    const seconds = (nodeClock.now() - context.startedAt) / 1000;
    const { name, version } = model;
    const already = messages - fresh;
    return { source: inflow.label, target: outflow.label, model: name, version, messages, already, faults, warnings, seconds };
  } finally {
    await inflow?.close();
    await outflow?.close();
  }
}

import { Fields, unreadable } from '../../model/fields.js';
import { type Binning, codeCount } from './binning.js';
import type { Reference } from './reference.js';
import { shapeOf } from './reference.js';
import { type SeasonKind, slotCount } from './season.js';
import { pairCount, Sketch } from './sketch.js';

const WHERE = 'reference.json';
const SEASONS: readonly SeasonKind[] = ['hour', 'weekday', 'none'];
const MOST_CODES = 255;

/** A reference as plain data, for a bundle. */
export function encodeReference(reference: Reference): unknown {
  const { sketch, slotCounts, pulls, ...rest } = reference;
  return { version: 1, ...rest, sketch: sketch.toJSON(), slotCounts: slotCounts.map((c) => Array.from(c)), pulls: Array.from(pulls) };
}

/** Reads what `encodeReference` made; everything is checked. @throws MillwrightError `BUNDLE_UNREADABLE` */
export function decodeReference(json: unknown): Reference {
  const f = new Fields(json, WHERE);
  f.whole('version', 1, 1);
  const binnings = f.list('binnings', decodeBinning);
  const d = binnings.length;
  const predictions = f.whole('predictions', 0, d);
  const moving = f.raw('moving');
  if (!Array.isArray(moving) || moving.length !== d || !moving.every((m) => typeof m === 'boolean'))
    throw unreadable(`${WHERE}.moving is wrong.`);
  const s = f.object('season');
  const kind = s.choice('kind', SEASONS);
  const season = kind === 'none' ? { kind } : { kind, column: s.text('column') };
  const sketch = Sketch.fromJSON(f.raw('sketch'), shapeOf({ binnings, season }), `${WHERE}.sketch`);
  const lists = new Fields({ ...(f.raw('slotCounts') as object) }, `${WHERE}.slotCounts`);
  const slotCounts = binnings.map((b, i) =>
    Float64Array.from(lists.numbers(String(i), kind === 'none' ? 0 : slotCount(kind) * codeCount(b))),
  );
  const pulls = Float64Array.from(f.numbers('pulls', pairCount(d)));
  return { binnings, predictions, moving, season, sketch, slotCounts, pulls };
}

function decodeBinning(f: Fields): Binning {
  const name = f.text('name');
  let binning: Binning;
  if (f.choice('kind', ['number', 'category'] as const) === 'number') {
    const uppers = f.numbers('uppers');
    for (let i = 1; i < uppers.length; i++)
      if (!((uppers[i - 1] as number) < (uppers[i] as number))) throw unreadable(`${f.where}.uppers do not rise.`);
    const spread = f.number('spread');
    if (!(spread > 0)) throw unreadable(`${f.where}.spread is not above 0.`);
    binning = {
      kind: 'number',
      name,
      measure: f.choice('measure', ['value', 'length'] as const),
      lowest: f.number('lowest'),
      uppers,
      means: f.numbers('means', uppers.length),
      center: f.number('center'),
      spread,
      scores: f.numbers('scores', uppers.length + 3),
    };
  } else {
    const levels = f.texts('levels');
    binning = { kind: 'category', name, levels, complete: f.boolean('complete'), scores: f.numbers('scores') };
    if (binning.scores.length !== codeCount(binning)) throw unreadable(`${f.where}.scores do not fit its levels.`);
  }
  if (codeCount(binning) > MOST_CODES) throw unreadable(`${f.where} has too many places.`);
  return binning;
}

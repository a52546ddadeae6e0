import { built } from '../support/places.mjs';
import { SCORES } from './scores.mjs';

const figure = (x) => (Number.isFinite(x) ? String(Number(x.toPrecision(4))) : '–');
const MARKS = {
  retraining: { colour: 'neutral', label: 'retrained, not promoted' },
  promotion: { colour: 'fourth', label: 'promoted' },
  rollback: { colour: 'second', label: 'rolled back' },
};

/** One chart a set: the score by window of the frozen champion, of the one that is retrained, and of an online learner, with what happened to the champion. */
export async function decayPage(results, about) {
  const [{ Artist }, { html, trusted }, { STYLE }] = await Promise.all([
    import(built('node/report/artist.js')),
    import(built('node/report/html.js')),
    import(built('node/report/style.js')),
  ]);
  const artist = new Artist(undefined);
  const parts = [];
  for (const result of results) parts.push(await part(result, artist, html));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Decay: frozen and retrained models</title>
<style>${trusted(STYLE)}${trusted('.wide .chart{max-width:none}@media (max-width:40rem){.wide .chart{min-width:38rem}}')}</style>
</head>
<body>
<div class="sheet"><main><div class="top"><h1>Frozen and retrained, on rows as they came</h1><p class="lead">${about}</p></div>
${parts}</main></div>
</body>
</html>
`.text;
}

async function part({ name, metric, rows, days, windows, marks, gains }, artist, html) {
  const { title, greater } = SCORES[metric];
  const lines = [
    ['frozen', 'neutral', false],
    ['champion', 'accent', false],
    ['online', 'third', true],
  ].filter(([who]) => windows[0][who] !== undefined);
  const [from, to] = days.map((day) => Date.parse(day));
  const dateOf = (row) => new Date(from + ((to - from) * row) / rows.all);
  const values = windows.flatMap((w) => lines.map(([who]) => w[who])).filter(Number.isFinite);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = 0.06 * (most - least || 1);
  const y = {
    label: `${title}, ${greater ? 'higher' : 'lower'} is better`,
    min: least - room,
    max: most + room,
    showMin: false,
    showMax: false,
    format: figure,
  };
  const upright = (kind) =>
    marks
      .filter((m) => m.kind === kind)
      .map(({ row }) => ({
        kind: 'line',
        points: [
          [row, y.min],
          [row, y.max],
        ],
        colour: MARKS[kind].colour,
        width: 1.5,
        dashed: kind === 'retraining',
      }));
  const { gain, low, high, first, second } = gains[metric];
  const says = `${title} by time on ${rows.replayed} rows: champion with retraining ${figure(first)}, the same champion frozen ${figure(second)}; gain ${figure(gain)} (${figure(low)} to ${figure(high)}).`;
  const chart = await artist.figure(
    {
      width: 1040,
      height: 300,
      x: {
        min: rows.first,
        max: rows.all,
        grid: false,
        showMin: false,
        showMax: false,
        format: (row) => dateOf(row).toISOString().slice(0, 7),
      },
      y,
      layers: [
        ...Object.keys(MARKS).flatMap(upright),
        ...lines.map(([who, colour, dashed]) => ({
          kind: 'line',
          points: windows.filter((w) => Number.isFinite(w[who])).map((w) => [rows.first + (w.from + w.to) / 2, w[who]]),
          colour,
          dashed,
          width: who === 'champion' ? 2.5 : 1.75,
        })),
      ],
    },
    {
      title: `${name}: ${title} ${figure(second)} frozen, ${figure(first)} with retraining`,
      says,
      caption: `Gain ${figure(gain)}, 95 % interval ${figure(low)} to ${figure(high)} (blocks of neighbouring rows drawn together); windows of ${windows[0].to - windows[0].from} rows.`,
      legend: [
        { label: 'frozen', colour: 'neutral' },
        { label: 'champion with retraining', colour: 'accent' },
        ...(lines.length > 2 ? [{ label: 'online learner', colour: 'third', dashed: true }] : []),
        ...Object.entries(MARKS)
          .filter(([kind]) => marks.some((m) => m.kind === kind))
          .map(([kind, { colour, label }]) => ({ label, colour, dashed: kind === 'retraining' })),
      ],
    },
  );
  return html`<section class="wide">${chart}</section>`;
}

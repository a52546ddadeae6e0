// From a table to a saved model in code. Run it with: node examples/library.mjs
import { open, plan, predict, run, save } from 'millwright';

const data = await open('examples/birdstrikes.csv');
const proposed = await plan(data, { target: 'Damage', budget: 15 });
const { bundle, holdoutMetrics, metric } = await run(data, proposed, { onProgress: ({ step, best }) => console.log(step, best ?? '') });
await save(bundle, `${process.env.MILLWRIGHT_EXAMPLE_OUT ?? '.'}/birdstrikes.mill`);
console.log(metric, holdoutMetrics[metric], predict(bundle, { 'Wildlife Size': 'Large', 'Phase of flight': 'Climb', 'Speed IAS in knots': 250 }));
await data.close();

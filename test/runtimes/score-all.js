// Runs in every place where the scorer must: scores the rows of each bundle one by one, and all as a table.

/**
 * @param {typeof import('../../src/model/index.js')} scorerModule dist/predict.js, as loaded in that place
 * @param {{ name: string, mill: string, json: string }[]} bundles the bytes in base64, and the golden file with its rows
 */
export async function scoreAll({ loadBundle, tableFromRows }, bundles) {
  const answers = [];
  for (const { name, mill, json } of bundles) {
    const scorer = await loadBundle(Uint8Array.from(atob(mill), (c) => c.charCodeAt(0)));
    const { rows } = JSON.parse(json);
    const table = scorer.predictTable(tableFromRows(scorer.schema, rows));
    const alone = rows.flatMap((row) => {
      const { prediction, probabilities } = scorer.predict(row);
      return probabilities ? scorer.task.classes.map((c) => probabilities[c]) : [prediction];
    });
    if (alone.some((value, i) => value !== table.values[i])) throw new Error(`${name}: a row alone is scored differently`);
    answers.push({ name, values: alone, labels: table.labels ?? null });
  }
  return answers;
}

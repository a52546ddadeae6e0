import type { Alert } from './alert.js';
import type { DomainCheck } from './domain-classifier.js';
import type { Interaction } from './interactions.js';

/** Probability of a false alert; and how much must have moved for one to be worth a person's time. */
const ALPHA = 0.0005;
const LEAST_AUC = 0.55;
const LEAST_MOVED = 0.05;

/**
 * An alert where rows differ from those before in columns together, though no alert of a single column or pair says so: it names the pair that carries most of it.
 * @param rows that were looked at
 * @param known alerts there are already
 */
export function jointAlert(
  domain: DomainCheck | undefined,
  pair: Interaction | undefined,
  rows: number,
  known: readonly Alert[],
): Alert | undefined {
  const told = new Set(known.filter((a) => a.kind !== 'performance' && a.kind !== 'prediction').flatMap((a) => a.columns));
  const named = pair && pair.p <= ALPHA && pair.moved >= LEAST_MOVED ? pair : undefined;
  if (named?.columns.some((c) => told.has(c))) return undefined;
  const apart = domain && domain.p <= ALPHA && domain.auc >= LEAST_AUC && told.size === 0 ? domain : undefined;
  if (!named && !apart) return undefined;
  const last = { row: Math.max(0, rows - 1) };
  const auc = domain ? ` A model tells rows before from rows now with an AUC of ${Number(domain.auc.toPrecision(3))}.` : '';
  const words = named
    ? {
        what: `“${named.columns[0]}” and “${named.columns[1]}” meet otherwise than before: ${Number((100 * named.moved).toPrecision(2))} % of the rows lie elsewhere in the table of both, though each by itself is as it was.${auc}`,
        cause: 'Rows are joined wrongly, one column is now made of the other, or rows are chosen by both.',
        action: `Check the join and order that bring “${named.columns[0]}” to the row; if all is right, score the model on fresh labels.`,
      }
    : {
        what: `Rows differ from those before in several columns together, none of which shows it by itself.${auc}`,
        cause: 'Another mixture of rows arrives, or columns are made of each other otherwise.',
        action: 'Score the model on fresh labels; look at how rows are brought together.',
      };
  const size = named ? named.moved : 2 * (domain as DomainCheck).auc - 1;
  return {
    id: `joint:together:${last.row}`,
    kind: 'joint',
    severity: size >= 0.25 ? 'danger' : size >= 0.1 ? 'warning' : 'notice',
    columns: named ? [...named.columns] : [],
    ...words,
    since: { row: 0 },
    raised: last,
    seen: last,
    state: 'open',
    windows: 1,
    confidence: 1 - Math.max(named?.p ?? 0, named ? 0 : (domain as DomainCheck).p),
    figure: named
      ? { name: 'moved', reference: 0, current: named.moved }
      : { name: 'auc', reference: 0.5, current: (domain as DomainCheck).auc },
  };
}

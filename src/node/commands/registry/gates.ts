import { figure } from '../../../core/figure.js';
import { metric as metricOf } from '../../../engine/evaluate/metrics/registry.js';
import type { CheckRecord, Comparison, Evidence, GateResult, Scored, VersionRecord } from '../../store/records.js';
import { type Signers, verifySignature } from '../signature.js';
import type { Gate } from './policy.js';

/** Findings that say that a column knows the answer. */
const LEAKS: ReadonlySet<string> = new Set(['leak-suspect', 'id-knows-answer', 'missing-tells-answer']);

/** What is held against the rules. */
export interface Candidate {
  version: VersionRecord;
  checks: readonly CheckRecord[];
  champion?: VersionRecord;
}

/** The name of the check by which a person says that a finding does no harm. */
export const resolutionOf = (finding: { code: string; column?: string }): string =>
  `finding:${finding.code}${finding.column === undefined ? '' : `:${finding.column}`}`;

/** Leaks that nobody has resolved. */
export function openLeaks({ version, checks }: Candidate): VersionRecord['findings'] {
  const resolved = new Set(checks.filter((check) => check.passed).map((check) => check.name));
  return version.findings.filter((finding) => LEAKS.has(finding.code) && !resolved.has(resolutionOf(finding)));
}

/** What the people who decide are shown: report, scores beside the champion's, every rule and whether it is kept. */
export function evidenceOf(candidate: Candidate, gate: Gate | undefined, policy: string): Evidence {
  const { version, champion } = candidate;
  return {
    report: version.report,
    champion: champion?.version,
    sameData: champion !== undefined && version.dataHash !== undefined && version.dataHash === champion.dataHash,
    comparisons: compare(version, champion),
    gates: gate === undefined ? [] : evaluate(candidate, gate),
    policy,
  };
}

/** Holds a version against the rules. Each rule that is asked for is told, kept or not. */
export function evaluate(candidate: Candidate, gate: Gate): GateResult[] {
  const { version, checks } = candidate;
  const results: GateResult[] = [];
  const tell = (rule: string, passed: boolean, detail: string): void => void results.push({ rule, passed, detail });
  for (const [name, bound] of Object.entries(gate.minimum)) {
    const found = scoreOf(version, name);
    const greater = direction(name);
    if (greater === undefined) tell(`minimum ${name}`, false, `there is no metric of that name`);
    else if (!found) tell(`minimum ${name}`, false, `it has no ${name} on rows never seen`);
    else tell(`minimum ${name}`, greater ? found.value >= bound : found.value <= bound, `${show(found)}, the bound is ${bound}`);
  }
  if (gate.noWorseThanChampion !== false) {
    const slack = gate.noWorseThanChampion === true ? 0 : gate.noWorseThanChampion;
    const [passed, detail] = notWorse(candidate, slack);
    tell('no worse than the champion', passed, detail);
  }
  if (gate.checksPass) {
    const failed = checks.filter((check) => !check.passed);
    const told = failed.map((check) => `${check.name} (${check.detail || 'failed'})`).join(', ');
    tell('checks pass', failed.length === 0, failed.length ? `failed: ${told}` : `${checks.length} made, none failed`);
  }
  if (gate.noOpenLeaks) {
    const open = openLeaks(candidate);
    const told = open.map((f) => `${f.code}${f.column === undefined ? '' : ` in ${f.column}`}`).join(', ');
    const trainedHere = version.format === 'mill' && !version.findings.some((f) => f.code === 'trained-elsewhere');
    const none = trainedHere ? 'none found or all resolved' : 'trained elsewhere: nobody looked for leaks';
    tell('no open leaks', open.length === 0, open.length ? `open: ${told}` : none);
  }
  for (const [name, bound] of Object.entries(gate.fairness)) {
    const check = checks.find((c) => c.name === name);
    if (check?.value === undefined) tell(`fairness ${name}`, false, 'it was not measured');
    else tell(`fairness ${name}`, check.value <= bound, `${figure(check.value)}, the bound is ${bound}`);
  }
  if (gate.signers) tell('signed', ...signedBy(version, gate.signers));
  if (gate.report) tell('report', version.report !== undefined, version.report ? 'it is there' : 'there is none');
  return results;
}

/** Whether one of these signed a version's bundle, and the words for it. */
export function signedBy({ bundle, signature }: Pick<VersionRecord, 'bundle' | 'signature'>, signers: Signers): [boolean, string] {
  try {
    return [true, `by the key ${verifySignature(signature, bundle.sha256, signers).slice(0, 16)}…`];
  } catch (error) {
    return [false, (error as Error).message];
  }
}

/** Scores of both, in metrics that one of them has, the metric that models were chosen by first. */
function compare(version: VersionRecord, champion: VersionRecord | undefined): Comparison[] {
  const names = [...new Set([version.metric, ...version.metrics.keys()])].filter((name): name is string => name !== undefined);
  return names.flatMap((name) => {
    const higherIsBetter = direction(name);
    if (higherIsBetter === undefined) return [];
    return [{ metric: name, higherIsBetter, candidate: version.metrics.get(name), champion: champion?.metrics.get(name) }];
  });
}

/** The name of the check that says how much better a version is than another on the same recent rows. */
export const againstCheck = (champion: number): string => `against:${champion}`;

function notWorse({ version, champion, checks }: Candidate, slack: number): [boolean, string] {
  if (!champion) return [true, 'there is no champion yet'];
  if (version.target !== champion.target || version.task !== champion.task)
    return [
      false,
      `it answers another question (${version.task} ${version.target}) than version ${champion.version} (${champion.task} ${champion.target})`,
    ];
  // on the same rows, neither's luck with rows of its own counts
  const paired = checks.find((check) => check.name === againstCheck(champion.version));
  if (paired?.value !== undefined) return [paired.value >= -slack, paired.detail];
  const name = version.metric;
  const greater = name === undefined ? undefined : direction(name);
  if (name === undefined || greater === undefined) return [false, 'it names no metric to compare by'];
  const [ours, theirs] = [scoreOf(version, name), scoreOf(champion, name)];
  if (!ours || !theirs) return [false, `${ours ? `version ${champion.version}` : 'it'} has no ${name} on rows never seen`];
  const gain = greater ? ours.value - theirs.value : theirs.value - ours.value;
  const data = version.dataHash !== undefined && version.dataHash === champion.dataHash ? 'the same data' : 'data of their own each';
  return [gain >= -slack, `${name} ${show(ours)} against ${show(theirs)} of version ${champion.version}, on ${data}`];
}

function scoreOf(version: VersionRecord, name: string): Scored | undefined {
  const found = version.metrics.get(name) ?? version.metrics.get(known(name)?.id ?? '');
  return found !== undefined && Number.isFinite(found.value) ? found : undefined;
}

function known(name: string): { id: string; greaterIsBetter: boolean } | undefined {
  try {
    return metricOf(name);
  } catch {
    return undefined;
  }
}

const direction = (name: string): boolean | undefined => known(name)?.greaterIsBetter;
const show = ({ value, low, high }: Scored): string =>
  low === undefined || high === undefined ? figure(value) : `${figure(value)} (${figure(low)} to ${figure(high)})`;

import { exp } from '../../../core/math.js';
import type { AlertKind, Severity } from '../alert.js';
import type { Said } from '../describe.js';
import type { Odd } from './signal.js';
import type { SignalName } from './traffic-signals.js';

const MINUTE = 60_000;
const figure = (value: number): string => String(Number(value.toPrecision(value >= 100 ? 3 : 2)));
const percent = (share: number): string => `${figure(100 * share)} %`;
const bySize = (size: number, warning: number, danger: number): Severity =>
  size >= danger ? 'danger' : size >= warning ? 'warning' : 'notice';

/** A length of time in words. */
export function lasting(milliseconds: number): string {
  const minutes = milliseconds / MINUTE;
  if (minutes < 1) return `${figure(milliseconds / 1000)} seconds`;
  if (minutes < 120) return minutes === 1 ? 'minute' : `${figure(minutes)} minutes`;
  return minutes < 60 * 48 ? `${figure(minutes / 60)} hours` : `${figure(minutes / 1440)} days`;
}

/** Puts into words what is odd about requests. @param length of the window in milliseconds @param moved share of answers that lie elsewhere */
export function describeTraffic(name: SignalName, value: number, odd: Odd, length: number, moved: number): Said {
  const { expected, deviation, up } = odd;
  const window = lasting(length);
  switch (name) {
    case 'requests': {
      const [now, then] = [Math.max(0, Math.round(exp(value) - 0.5)), Math.max(0, exp(expected) - 0.5)];
      const usual = `${figure(exp(expected - 2 * deviation))} to ${figure(exp(expected + 2 * deviation))}`;
      const ratio = Math.abs(value - expected);
      return {
        kind: 'traffic',
        severity: bySize(ratio, 0.7, 1.6),
        what: `${now} requests came in the last ${window}; about ${figure(then)} were to be expected at this hour (${usual}).`,
        cause: up
          ? 'A caller repeats its requests, a job runs that scores in masses, or more people use it.'
          : 'A caller has failed, goes elsewhere or cannot reach this service, or its users stay away.',
        action: up
          ? 'See who calls by the log of predictions; give callers a limit (--rate), or the service more processes (--workers).'
          : 'Ask those who call whether they still do, and look at what lies between: network, gateway, tokens that have run out.',
        figure: { name: 'requests', reference: then, current: now },
      };
    }
    case 'refused':
      return {
        ...errors(value, expected, window, 'refused (4xx)'),
        severity: bySize(value - expected, 0.1, 0.5),
        cause: 'A caller sends rows in another form, asks for what is not there, or its token is not taken any more.',
        action: 'Look at the answers with 4xx: they say which column does not fit. Mend the caller, or serve a model of its form.',
      };
    case 'failed':
      return {
        ...errors(value, expected, window, 'failed (5xx)'),
        severity: bySize(value - expected, 0.02, 0.2),
        cause: 'The service is overloaded (503), or something that it needs has failed.',
        action:
          "Read the server's log at that time; give it more processes (--workers), or roll the model back if it began with a new version.",
      };
    case 'answers':
      return {
        kind: 'answers',
        severity: bySize(moved, 0.2, 0.4),
        what: `Answers of the last ${window} are not the usual ones: ${percent(moved)} of them lie elsewhere than before.`,
        cause: 'Other rows are asked about than before, a column is filled otherwise, or another version answers.',
        action: 'Look at the alerts of the columns and at who asks; without any, have the model scored on fresh labels.',
        figure: { name: 'moved', reference: 0, current: moved },
      };
    default: {
      const quantile = name === 'slow' ? 'The slowest of twenty answers' : 'Half of the answers';
      return {
        kind: 'latency',
        severity: bySize(value - expected, 0.7, 1.6),
        what: `${quantile} took more than ${figure(1000 * exp(value))} ms in the last ${window}; ${figure(1000 * exp(expected))} ms were to be expected.`,
        cause: 'More or larger requests than the service can take, a machine shared with others, or a slower version of the model.',
        action:
          'Compare with the number of requests and rows at that time; give it more processes (--workers), or a model with a lower ceiling of latency.',
        figure: { name: name === 'slow' ? 'p95' : 'p50', reference: exp(expected), current: exp(value) },
      };
    }
  }
}

function errors(value: number, expected: number, window: string, what: string): Pick<Said, 'kind' | 'what' | 'figure'> {
  return {
    kind: 'errors' as AlertKind,
    what: `${percent(value)} of the requests of the last ${window} were ${what}; about ${percent(Math.max(0, expected))} were to be expected.`,
    figure: { name: 'share', reference: Math.max(0, expected), current: value },
  };
}

/** Puts into words that nobody asks any more. @param expected requests that were to be expected meanwhile */
export function describeSilence(milliseconds: number, expected: number): Said {
  return {
    kind: 'traffic',
    severity: expected >= 50 ? 'danger' : 'warning',
    what: `No request has come for ${lasting(milliseconds).replace(/^minute/, 'a minute')}; about ${figure(expected)} were to be expected in that time.`,
    cause: 'The only caller has failed, goes elsewhere, or cannot reach this service.',
    action: 'Ask those who call whether they still do, and look at what lies between: network, gateway, tokens that have run out.',
    figure: { name: 'requests', reference: expected, current: 0 },
  };
}

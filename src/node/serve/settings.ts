import { availableParallelism } from 'node:os';
import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import type { WindowSize } from '../../engine/monitor/monitor.js';
import { type Price, parsePrice } from '../commands/alert-cost.js';
import { parseInput, wholeNumber } from '../commands/options.js';
import { parseWindow } from '../commands/window-size.js';
import { type BundleFile, parseBundleArgument } from './bundle-files.js';
import type { DoorSettings } from './door.js';
import type { JwtSettings } from './jwt.js';

const input = z.object({
  models: z.array(z.string()).default([]),
  host: z.string().default('127.0.0.1'),
  port: wholeNumber('--port', 0, 65535).default(8080),
  log: z.string().min(1).optional(),
  maxBody: wholeNumber('--max-body', 1024, 2 ** 30).default(8 * 2 ** 20),
  maxUpload: wholeNumber('--max-upload', 1024, 2 ** 43).default(2 ** 31),
  maxRows: wholeNumber('--max-rows', 1, 10_000_000).default(10_000),
  tokens: z.string().optional(),
  requireToken: z.boolean().default(false),
  jwks: z.string().optional(),
  jwtIssuer: z.string().optional(),
  jwtAudience: z.string().optional(),
  jwtRoles: z.string().default('roles'),
  requireSignature: z.string().min(1).optional(),
  rate: wholeNumber('--rate', 0, 1_000_000).default(0),
  workers: wholeNumber('--workers', 0, 64).default(1),
  monitor: z.string().default('500'),
  value: z.string().optional(),
});

/** What a server is asked to do, checked. */
export interface ServeSettings {
  /** None: the approved models of the project here. */
  readonly files: readonly BundleFile[];
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Folder of the prediction log. */
  readonly log: string | undefined;
  /** Bytes. */
  readonly maxBody: number;
  /** Bytes of a file that a run logs. */
  readonly maxUpload: number;
  /** Rows of one JSON or CSV body. */
  readonly maxRows: number;
  /** File with hashed tokens. */
  readonly tokens: string | undefined;
  readonly jwt: JwtSettings | undefined;
  /** File with the public keys one of which must have signed each bundle. */
  readonly requireSignature: string | undefined;
  readonly door: DoorSettings;
  /** How answered rows are cut into windows to be watched; absent: they are not watched. */
  readonly watch: WindowSize | undefined;
  /** What a wrong prediction costs, for models of which the project does not keep it. */
  readonly value: Price | undefined;
  /** Processes that answer. */
  readonly workers: number;
}

/** @throws MillwrightError `USAGE`, `OPTION_INVALID` */
export function parseSettings(options: unknown): ServeSettings {
  const { models, jwks, jwtIssuer, jwtAudience, jwtRoles, requireToken, rate, workers, monitor, value, ...rest } = parseInput(
    input,
    options,
  );
  const jwt = jwtSettings(jwks, jwtIssuer, jwtAudience, jwtRoles);
  const loopback = isLoopback(rest.host);
  // a project has tokens of its own
  if (!loopback && !jwt && rest.tokens === undefined && models.length > 0)
    throw new MillwrightError(
      'OPTION_INVALID',
      `--host ${rest.host} could be reached by others, and there are no tokens.`,
      'Give --tokens or --jwks, or listen on 127.0.0.1.',
    );
  return {
    files: models.map(parseBundleArgument),
    log: undefined,
    tokens: undefined,
    requireSignature: undefined,
    jwt,
    door: { loopback, requireToken, rate },
    value: value === undefined ? undefined : parsePrice(value),
    watch: monitor === 'off' ? undefined : parseWindow(monitor, '--monitor'),
    workers: workers === 0 ? availableParallelism() : workers,
    ...rest,
  };
}

function jwtSettings(keys?: string, issuer?: string, audience?: string, rolesClaim = 'roles'): JwtSettings | undefined {
  if (keys === undefined && issuer === undefined && audience === undefined) return undefined;
  if (keys === undefined || issuer === undefined || audience === undefined)
    throw new MillwrightError('OPTION_INVALID', 'JSON web tokens need --jwks, --jwt-issuer and --jwt-audience together.');
  return { keys, issuer, audience, rolesClaim };
}

/** Whether only this machine can reach an address. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

import * as z from 'zod';
import { MillwrightError } from '../../core/errors.js';
import { parseInput, wholeNumber } from '../commands/options.js';
import { type BundleFile, parseBundleArgument } from './bundle-files.js';

const input = z.object({
  models: z.array(z.string()).default([]),
  host: z.string().default('127.0.0.1'),
  port: wholeNumber('--port', 0, 65535).default(8080),
  log: z.string().min(1).optional(),
  maxBody: wholeNumber('--max-body', 1024, 2 ** 30).default(8 * 2 ** 20),
  maxRows: wholeNumber('--max-rows', 1, 10_000_000).default(10_000),
});

/** What a server is asked to do, checked. */
export interface ServeSettings {
  readonly files: readonly BundleFile[];
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Folder of the prediction log. */
  readonly log: string | undefined;
  /** Bytes. */
  readonly maxBody: number;
  /** Rows of one JSON or CSV body. */
  readonly maxRows: number;
}

/** @throws MillwrightError `USAGE`, `OPTION_INVALID` */
export function parseSettings(options: unknown): ServeSettings {
  const { models, ...rest } = parseInput(input, options);
  if (models.length === 0) throw new MillwrightError('USAGE', 'There is no model to serve.', 'Name a model.mill.');
  return { files: models.map(parseBundleArgument), log: undefined, ...rest };
}

/** Whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

import { createHash, randomBytes } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MillwrightError } from '../../core/errors.js';
import { outputFailed } from '../commands/atomic-file.js';
import { checkContent, checkedParts, checkHash, missing, writeHashed } from './artefact-files.js';
import type { Artefacts } from './artefacts.js';
import type { ArtefactRef } from './records.js';
import { type S3Key, signedHeaders } from './s3-signature.js';

const EMPTY = createHash('sha256').digest('hex');
const TRIES = 4;

type Environment = Readonly<Record<string, string | undefined>>;

/** Artefacts in a bucket of S3, or of what speaks like it: `<prefix>/ab/cdef…`. */
export class ArtefactBucket implements Artefacts {
  private constructor(
    /** `s3://bucket/prefix`. */
    readonly place: string,
    private readonly root: URL,
    private readonly prefix: string,
    private readonly key: S3Key,
  ) {}

  /**
   * @param place `s3://bucket/prefix`; the keys are those of AWS_ACCESS_KEY_ID and so on, the server that of AWS_ENDPOINT_URL
   * @throws MillwrightError `OPTION_INVALID` when something is missing
   */
  static open(place: string, environment: Environment = process.env): ArtefactBucket {
    const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()/-]*))?$/.exec(place) ?? [];
    const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = environment;
    if (bucket === undefined || path.split('/').some((part) => part === '.' || part === '..'))
      throw new MillwrightError('OPTION_INVALID', `"${place}" names no bucket.`, 'Write s3://bucket/prefix.');
    if (!id || !secret)
      throw new MillwrightError('OPTION_INVALID', `There are no keys for ${place}.`, 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.');
    const region = environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? 'us-east-1';
    const endpoint = environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL ?? `https://s3.${region}.amazonaws.com`;
    if (!URL.canParse(endpoint)) throw new MillwrightError('OPTION_INVALID', 'AWS_ENDPOINT_URL is no address.');
    const root = new URL(`${endpoint.replace(/\/$/, '')}/${bucket}`);
    return new ArtefactBucket(place, root, path.replace(/\/?$/, path === '' ? '' : '/'), { id, secret, session, region });
  }

  async put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<ArtefactRef> {
    // its name is its hash, so all of it must have come before anything can be sent
    const waiting = join(tmpdir(), `millwright-${randomBytes(12).toString('hex')}`);
    try {
      const ref = await writeHashed(waiting, content);
      await this.#ask('PUT', this.#object(ref.sha256), ref.sha256, await openAsBlob(waiting));
      return ref;
    } catch (cause) {
      throw cause instanceof MillwrightError ? cause : outputFailed(this.place, cause);
    } finally {
      await rm(waiting, { force: true });
    }
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.#ask('HEAD', this.#object(sha256))).status !== 404;
  }

  async get(sha256: string): Promise<Uint8Array> {
    const response = await this.#ask('GET', this.#object(sha256));
    if (response.status === 404) throw missing(sha256, this.place);
    const content = new Uint8Array(await response.arrayBuffer());
    checkContent(sha256, content);
    return content;
  }

  async read(sha256: string): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#ask('GET', this.#object(sha256));
    if (response.status === 404 || !response.body) throw missing(sha256, this.place);
    return checkedParts(sha256, response.body as unknown as AsyncIterable<Uint8Array>);
  }

  async sweep(keep: (sha256: string) => boolean, olderThan: number): Promise<ArtefactRef[]> {
    const gone: ArtefactRef[] = [];
    for (let after = ''; ; ) {
      const listing = new URL(this.root);
      listing.search = new URLSearchParams({ 'list-type': '2', prefix: this.prefix, ...(after && { 'start-after': after }) }).toString();
      const text = await (await this.#ask('GET', listing)).text();
      let last = '';
      for (const [, entry = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const of = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(entry)?.[1] ?? '';
        last = of('Key');
        const sha256 = last.startsWith(this.prefix) ? last.slice(this.prefix.length).replace('/', '') : '';
        const age = Date.now() - Date.parse(of('LastModified'));
        if (!/^[0-9a-f]{64}$/.test(sha256) || last !== this.#keyOf(sha256) || keep(sha256) || !(age >= olderThan)) continue;
        await this.#ask('DELETE', this.#object(sha256));
        gone.push({ sha256, bytes: Number(of('Size')) });
      }
      if (!/<IsTruncated>true</.test(text) || last === '') return gone;
      after = last;
    }
  }

  #keyOf(sha256: string): string {
    return `${this.prefix}${sha256.slice(0, 2)}/${sha256.slice(2)}`;
  }

  #object(sha256: string): URL {
    checkHash(sha256);
    return new URL(`${this.root.href}/${this.#keyOf(sha256)}`);
  }

  /** @returns the answer, which is fine or 404 @throws MillwrightError `STORE_UNREACHABLE`, never with what was signed */
  async #ask(method: string, url: URL, bodyHash = EMPTY, body?: Blob): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const headers = signedHeaders(method, url, bodyHash, this.key, new Date());
      let why: string;
      try {
        const response = await fetch(url, { method, headers, body, redirect: 'error' });
        const code = method === 'HEAD' ? '' : response.ok ? '' : (/<Code>([\w.]{1,100})</.exec(await response.text())?.[1] ?? '');
        // a bucket that is not there is another thing than a file that is not
        if (response.ok || (response.status === 404 && method !== 'PUT' && code !== 'NoSuchBucket')) return response;
        why = `${response.status} ${code}`.trim();
        if (response.status < 500 && response.status !== 429) attempt = TRIES;
      } catch (cause) {
        why = (cause as { cause?: { code?: string } }).cause?.code ?? (cause as Error).message;
      }
      if (attempt >= TRIES)
        throw new MillwrightError(
          'STORE_UNREACHABLE',
          `${this.place} does not take ${method}: ${why}.`,
          'See MILLWRIGHT_ARTEFACTS, AWS_ENDPOINT_URL, AWS_REGION and the keys.',
        );
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  }
}

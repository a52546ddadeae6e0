import * as z from 'zod';
import { mixedTextHash } from '../../core/text-hash.js';
import { Refusal } from './refusal.js';
import type { ServedModel } from './served-model.js';

/** How the requests of a model are divided among its versions. */
export interface Traffic {
  /** Version that answers unless another is drawn. */
  readonly champion: string;
  /** Version that answers this share of the requests, above 0 and below 1: of the keys, when requests carry one. */
  readonly canary?: { readonly version: string; readonly weight: number };
  /** Versions that are asked beside, and whose answers are only logged. */
  readonly shadow: readonly string[];
}

/** The traffic that a store kept, as far as its versions are there. @param kept JSON */
export function keptTraffic(kept: string | undefined, champion: string, versions: ReadonlyMap<string, unknown>): Traffic {
  let known: Traffic = { champion, shadow: [] };
  try {
    if (kept !== undefined) known = parseTraffic(JSON.parse(kept), champion);
  } catch {
    // what cannot be read divides nothing, and keeps no other model from being served
  }
  const { canary, shadow } = known;
  return { champion, shadow: shadow.filter((v) => versions.has(v)), ...(canary && versions.has(canary.version) && { canary }) };
}

/** @throws Refusal `REQUEST_INVALID` */
export function parseTraffic(asked: unknown, champion: string): Traffic {
  const parsed = traffic.safeParse(asked);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Refusal(
      'REQUEST_INVALID',
      `${issue?.path.join('.') || 'The body'} cannot be: ${issue?.message}.`,
      'Send for instance {"canary": {"version": "4", "weight": 0.1}, "shadow": ["5"]}.',
    );
  }
  return { champion, ...parsed.data };
}

const traffic = z.strictObject({
  canary: z.strictObject({ version: z.string(), weight: z.number().gt(0).lt(1) }).optional(),
  shadow: z.array(z.string()).max(4).default([]),
});

/** A model with the versions that are loaded. It is replaced as a whole, so that a request sees one state. */
export interface Deployment {
  readonly name: string;
  readonly versions: ReadonlyMap<string, ServedModel>;
  readonly traffic: Traffic;
}

/** A version that was chosen for a request, and why. */
export interface Chosen {
  readonly model: ServedModel;
  readonly route: 'champion' | 'canary' | 'asked';
  /** Versions that are asked beside. */
  readonly shadow: readonly ServedModel[];
}

const NONE: readonly ServedModel[] = [];

/** All models that are served. */
export class Deployments {
  #byName: ReadonlyMap<string, Deployment> = new Map();
  #drawn = 0;

  list(): Deployment[] {
    return [...this.#byName.values()];
  }

  /** @throws Refusal `NOT_FOUND` */
  get(name: string): Deployment {
    const found = this.#byName.get(name);
    if (!found)
      throw new Refusal('NOT_FOUND', `There is no model ${JSON.stringify(name.slice(0, 100))}.`, 'GET /v1/models lists the models.');
    return found;
  }

  /** Requests that are being answered keep what they had. */
  replace(deployments: readonly Deployment[]): void {
    this.#byName = new Map(deployments.map((d) => [d.name, d]));
  }

  /** The same after a reload: traffic stays as it was divided, as far as its versions are still there. */
  renew(deployments: readonly Deployment[]): void {
    this.replace(
      deployments.map((fresh) => {
        const { canary, shadow = [] } = this.#byName.get(fresh.name)?.traffic ?? {};
        const kept = shadow.filter((version) => fresh.versions.has(version));
        const traffic = { ...fresh.traffic, shadow: kept, ...(canary && fresh.versions.has(canary.version) && { canary }) };
        return { ...fresh, traffic };
      }),
    );
  }

  /**
   * The version for a request: the one asked for; else by the traffic. Requests with the same key go to the same version.
   * @throws Refusal `NOT_FOUND`
   */
  choose(name: string, asked?: string, key?: string): Chosen {
    const deployment = this.get(name);
    const { champion, canary } = deployment.traffic;
    if (asked !== undefined) return { model: this.version(deployment, asked), route: 'asked', shadow: NONE };
    const shadow = deployment.traffic.shadow.length === 0 ? NONE : deployment.traffic.shadow.map((v) => this.version(deployment, v));
    if (canary) {
      const share = key === undefined ? this.#draw() : keyShare(`${name}\n${key}`);
      if (share < canary.weight) return { model: this.version(deployment, canary.version), route: 'canary', shadow };
    }
    return { model: this.version(deployment, champion), route: 'champion', shadow };
  }

  version(deployment: Deployment, version: string): ServedModel {
    const found = deployment.versions.get(version);
    if (!found)
      throw new Refusal(
        'NOT_FOUND',
        `The model "${deployment.name}" is not served in version ${JSON.stringify(version.slice(0, 100))}.`,
        `Its versions are ${[...deployment.versions.keys()].join(', ')}.`,
      );
    return found;
  }

  /** Evenly spread in [0, 1): multiples of the golden ratio, so that even few requests are divided as asked. */
  #draw(): number {
    this.#drawn = (this.#drawn + 0.6180339887498949) % 1;
    return this.#drawn;
  }
}

/** Where a key lies in [0, 1). The same in every process. */
export function keyShare(key: string): number {
  return mixedTextHash(key) / 2 ** 32;
}

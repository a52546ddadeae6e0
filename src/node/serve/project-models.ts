import { decodeAnyBundle } from '../commands/decode-any-bundle.js';
import { FORMER, TRAFFIC_TAG } from '../commands/registry/canary-state.js';
import { type Signers, verifySignature } from '../commands/signature.js';
import type { VersionRecord } from '../store/records.js';
import type { Store } from '../store/store.js';
import { type Deployment, keptTraffic } from './deployments.js';
import { ServedModel } from './served-model.js';

/** Aliases whose versions are loaded: the champion answers, a challenger may get traffic, so may the former champion during a canary. */
const LOADED = ['champion', 'challenger', FORMER];

/**
 * The models of a project that have an approved champion, with their challengers. Versions that are loaded already are kept as they are.
 * @param signers one of whom must have signed each
 * @throws MillwrightError `BUNDLE_…`, `ARTEFACT_DAMAGED`, `SIGNATURE_REFUSED`
 */
export async function loadProjectModels(store: Store, before: readonly Deployment[], signers?: Signers): Promise<Deployment[]> {
  const loaded = new Map(before.flatMap((d) => [...d.versions.values()].map((m) => [`${m.name}@${m.version}`, m] as const)));
  const deployments: Deployment[] = [];
  for (const { name, aliases, tags } of await store.models.list()) {
    const champion = aliases.get('champion');
    if (champion === undefined) continue;
    const versions = new Map<string, ServedModel>();
    for (const alias of LOADED) {
      const version = aliases.get(alias);
      if (version === undefined || versions.has(String(version))) continue;
      const record = await store.models.version(name, version);
      if (record?.format !== 'mill') continue;
      if (signers) verifySignature(record.signature, record.bundle.sha256, signers, `${name}@${version}`);
      const known = loaded.get(`${name}@${version}`);
      versions.set(String(version), known?.sha256 === record.bundle.sha256 ? known : await load(store, record));
    }
    if (versions.has(String(champion)))
      deployments.push({ name, versions, traffic: keptTraffic(tags.get(TRAFFIC_TAG), String(champion), versions) });
  }
  return deployments;
}

async function load(store: Store, { model, version, bundle }: VersionRecord): Promise<ServedModel> {
  return ServedModel.prepare(model, String(version), bundle.sha256, await decodeAnyBundle(await store.artefacts.get(bundle.sha256)));
}

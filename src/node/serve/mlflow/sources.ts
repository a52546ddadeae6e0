import { MillwrightError } from '../../../core/errors.js';
import { decodeAnyBundle } from '../../commands/decode-any-bundle.js';
import { factsOfBundle } from '../../commands/registry/versions.js';
import { canonical } from '../../store/json-text.js';
import type { NamedArtefact, NewVersion, VersionFacts } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import { checkPath, filesBelow, filesOf, type Place, placeOf } from './places.js';

/** Our bundle among the files of a version. */
const BUNDLE = 'model.mill';
const MOST_SIGNATURE = 65_536;

interface Source {
  files: NamedArtefact[];
  run?: string;
  loggedModel?: string;
}

/**
 * The files that a version is made of, and what is known of it. With a bundle of ours it is one like any other; else it is kept, but cannot be served.
 * @param asked what the client says it comes from: `runs:/…`, `models:/…` or `mlflow-artifacts:/…`; nothing else is ever opened
 * @param refuseOther throws when the client may not read the files of a model
 * @throws MillwrightError `NOT_FOUND`, `OPTION_INVALID`, `BUNDLE_…`
 */
export async function factsOfSource(
  store: Store,
  asked: { source: string; run?: string; user: string },
  refuseOther: (model: string) => void,
): Promise<VersionFacts & Pick<NewVersion, 'files'>> {
  const place = await placeOfSource(store, asked.source);
  if (place.kind === 'version') refuseOther(place.model);
  const { files, run: ofRun, loggedModel } = await fromPlace(store, place);
  if (files.length === 0) throw new MillwrightError('NOT_FOUND', `There are no files at ${asked.source.slice(0, 300)}.`);
  const logged = loggedModel === undefined ? undefined : await store.logged.get(loggedModel);
  const run = await store.runs.get(ofRun ?? logged?.run ?? asked.run ?? '');
  const common = { run: run?.id, source: asked.source, loggedModel, files, trainedBy: run?.by ?? logged?.by ?? asked.user };
  const bundle = files.find(({ name }) => name === BUNDLE);
  if (bundle) {
    const facts = factsOfBundle(await decodeAnyBundle(await store.artefacts.get(bundle.sha256)));
    const known = await store.runs.withFile(bundle.sha256);
    const report = files.find(({ name }) => name === 'report.html');
    const sig = files.find(({ name, bytes }) => name === `${BUNDLE}.sig` && bytes <= MOST_SIGNATURE);
    const signature = sig && Buffer.from(await store.artefacts.get(sig.sha256)).toString('utf8');
    const refs = { bundle: refOf(bundle), ...(report && { report: refOf(report) }) };
    return {
      ...facts,
      ...common,
      ...refs,
      ...(signature !== undefined && { signature }),
      trainedBy: run?.by ?? known?.by ?? common.trainedBy,
    };
  }
  // stands for all of them: who changes one, changes it
  const list = canonical(files.map(({ name, sha256, bytes }) => ({ name, sha256, bytes })));
  return { ...common, format: 'other', bundle: await store.artefacts.put(Buffer.from(list)), metrics: new Map(), findings: [] };
}

const refOf = ({ sha256, bytes }: NamedArtefact) => ({ sha256, bytes });

async function placeOfSource(store: Store, source: string): Promise<Place> {
  const [, scheme = '', path = ''] = /^(runs|models|mlflow-artifacts):\/{1,3}(.*)$/s.exec(source) ?? [];
  if (scheme === 'mlflow-artifacts') return placeOf(path);
  if (scheme === 'runs') {
    const [id = '', ...rest] = checkPath(path).split('/');
    const folder = rest.join('/');
    const place: Place = { kind: 'run', id, rest: folder };
    if (filesBelow(await filesOf(store, place), folder).length > 0) return place;
    // a model that the run logged under this name has a place of its own
    const links = (await store.runs.links([id])).get(id) ?? [];
    for (const { kind, name } of links) {
      const model = kind === 'model-output' ? await store.logged.get(name) : undefined;
      if (model?.name === folder) return { kind: 'model', id: model.id, rest: '' };
    }
    return place;
  }
  if (scheme === 'models') {
    if (/^m-[0-9a-f]{32}$/.test(path)) return { kind: 'model', id: path, rest: '' };
    const { model, version } = await store.models.resolve(path.replace(/\/(?=[^/]*$)/, '@'));
    return { kind: 'version', model, version, rest: '' };
  }
  throw new MillwrightError(
    'OPTION_INVALID',
    `A version cannot be made from "${source.slice(0, 200)}".`,
    'Log the files with a run, then register runs:/…, models:/… or mlflow-artifacts:/….',
  );
}

async function fromPlace(store: Store, place: Place): Promise<Source> {
  const files = filesBelow(await filesOf(store, place), place.rest);
  if (place.kind === 'run') return { files, run: place.id };
  if (place.kind === 'model') return { files, loggedModel: place.id };
  const { run, loggedModel } = (await store.models.version(place.model, place.version)) ?? {};
  return { files, run, loggedModel };
}

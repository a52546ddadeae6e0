import { AdditiveModel } from './additive.js';
import { ConstantModel } from './constant.js';
import { EnsembleModel } from './ensemble.js';
import { Fields, unreadable } from './fields.js';
import { LinearModel } from './linear.js';
import { MlpModel } from './mlp.js';
import type { Blobs, Model } from './model.js';
import { NaiveBayesModel } from './naive-bayes.js';
import { NeighboursModel } from './neighbours.js';
import { TreesModel } from './trees.js';

type Decode = (head: Record<string, unknown>, blobs: Blobs) => Model;

const decoders: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['additive', AdditiveModel.decode],
  ['constant', ConstantModel.decode],
  ['ensemble', (head, blobs) => EnsembleModel.decode(head, blobs, decodeModel)],
  ['linear', LinearModel.decode],
  ['mlp', MlpModel.decode],
  ['naive-bayes', NaiveBayesModel.decode],
  ['neighbours', NeighboursModel.decode],
  ['trees', TreesModel.decode],
]);

/** Reads back a model from its head, which names its `kind`, and its typed arrays. @throws MillwrightError `BUNDLE_UNREADABLE` */
export function decodeModel(head: Record<string, unknown>, blobs: Blobs): Model {
  const kind = new Fields(head, 'model').text('kind');
  const decode = decoders.get(kind);
  if (!decode) throw unreadable(`The bundle holds a model of unknown kind "${kind}".`);
  return decode(head, blobs);
}

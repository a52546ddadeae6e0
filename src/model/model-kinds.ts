import { AdditiveModel } from './additive.js';
import { ConstantModel } from './constant.js';
import { EnsembleModel } from './ensemble.js';
import { LinearModel } from './linear.js';
import { MlpModel } from './mlp.js';
import type { Blobs, Model } from './model.js';
import { NaiveBayesModel } from './naive-bayes.js';
import { NeighboursModel } from './neighbours.js';
import { TreesModel } from './trees.js';

/** Reads a model of one kind; `member` reads the models within. */
export type Decode = (head: Record<string, unknown>, blobs: Blobs, member: (head: Record<string, unknown>, blobs: Blobs) => Model) => Model;

/** How each kind of model is read, by its name. A standalone file holds those that its model needs. */
export const modelKinds: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['additive', AdditiveModel.decode],
  ['constant', ConstantModel.decode],
  ['ensemble', EnsembleModel.decode],
  ['linear', LinearModel.decode],
  ['mlp', MlpModel.decode],
  ['naive-bayes', NaiveBayesModel.decode],
  ['neighbours', NeighboursModel.decode],
  ['trees', TreesModel.decode],
]);

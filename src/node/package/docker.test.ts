import { expect, it } from 'vitest';
import { exampleBundle } from '../../../test/example-bundle.js';
import { dockerFiles, memoryMiB } from './docker.js';
import { namesOf, type Subject } from './subject.js';

const subject: Subject = {
  ...{ bundle: exampleBundle(), bytes: new Uint8Array(9), sha256: 'ab', version: 'ab', title: 'left', image: 'left:ab' },
  ...namesOf('left'),
  millwright: { version: '1.2.3' },
};

it('installs the pinned package, and what runs ONNX for such a model alone', () => {
  const installs = (s: Subject) => JSON.parse(String(dockerFiles(s).get('package.json'))).dependencies as unknown;
  expect(installs(subject)).toEqual({ millwright: '1.2.3' });
  const onnx = { ...subject.bundle, model: { ...subject.bundle.model, kind: 'onnx' } } as unknown as Subject['bundle'];
  expect(installs({ ...subject, bundle: onnx })).toEqual({
    millwright: '1.2.3',
    'onnxruntime-node': expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
});

it('makes names that each place allows', () => {
  expect(namesOf('a: b #')).toEqual({ name: 'a-b', label: 'a-b' });
  expect(namesOf('Über_Maß.v2')).toEqual({ name: 'ber_Ma-.v2', label: 'ber-ma-v2' });
  expect(namesOf('42')).toEqual({ name: '42', label: 'model' });
  expect(namesOf('::')).toEqual({ name: 'model', label: 'model' });
  for (const length of [39, 40, 41, 200]) expect(namesOf(`${'x'.repeat(length - 1)}-y`).label).toMatch(/^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/);
});

it('asks for memory in steps that grow with the bundle', () => {
  expect(memoryMiB(0)).toBe(512);
  expect(memoryMiB(10 * 2 ** 20)).toBe(704);
});

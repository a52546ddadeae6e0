import type { Bundle } from '../../model/bundle.js';

/** What is packaged, and what it is called in each place. */
export interface Subject {
  readonly bundle: Bundle;
  /** The bundle's file. */
  readonly bytes: Uint8Array;
  readonly sha256: string;
  /** The beginning of the hash, as the service tells it. */
  readonly version: string;
  /** As a person called it; any text. */
  readonly title: string;
  /** As the service calls it: letters, digits, `_`, `.` and `-`. */
  readonly name: string;
  /** As Kubernetes and registries of images allow it: lower-case letters, digits and `-`, at most 40. */
  readonly label: string;
  /** The container image, with its tag. */
  readonly image: string;
  readonly millwright: { readonly version: string; readonly tarball?: { readonly name: string; readonly bytes: Uint8Array } };
}

/** @example namesOf('a: b #') // { name: 'a-b', label: 'a-b' } */
export function namesOf(title: string): { name: string; label: string } {
  const name = title
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, 100);
  const label = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '') // a service's name begins with a letter
    .slice(0, 40)
    .replace(/-+$/, '');
  return { name: name || 'model', label: label || 'model' };
}

/** What `npm install` takes, from the folder with the package's tarball or from the registry. */
export function installed({ tarball, version }: Subject['millwright']): string {
  return tarball ? `file:./${tarball.name}` : version;
}

import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { MillwrightError } from '../../../core/errors.js';

/** Networks that are not the public internet (IANA's special-purpose registries). */
const V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24'],
  ...['192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
];
/** The public part of IPv6, and what of it is not: documentation, tunnels that carry an IPv4 address. */
const V6_PUBLIC = '2000::/3';
const V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const blocked = listOf([...V4, ...V6]);
const global6 = listOf([V6_PUBLIC]);

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, bits] = network.split('/') as [string, string];
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

/** Whether an address is on the public internet. @example isPublic('127.0.0.1') // false */
export function isPublic(address: string): boolean {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) === 4) return !blocked.check(plain, 'ipv4');
  // ::ffff:a.b.c.d and the like are outside of 2000::/3
  return isIP(plain) === 6 && global6.check(plain, 'ipv6') && !blocked.check(plain, 'ipv6');
}

export function refusedAddress(host: string): MillwrightError {
  return new MillwrightError(
    'OPTION_INVALID',
    `${host} is, or leads to, an address that is not on the public internet.`,
    'Add the webhook with --allow-private if that is meant.',
  );
}

type Found = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

/** A look-up of names for `http.request` that finds public addresses alone; the connection goes to the very address that was looked at. */
export function publicLookup(host: string, options: LookupOptions, found: Found): void {
  lookup(host, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error) found(error, '');
    else if (first === undefined || !addresses.every(({ address }) => isPublic(address))) found(refusedAddress(host), '');
    else if (options.all) found(null, addresses);
    else found(null, first.address, first.family);
  });
}

/**
 * A webhook's address: http or https, without a password.
 * @throws MillwrightError `OPTION_INVALID`; also for a private address, where that can be told now
 */
export async function checkUrl(text: string, allowPrivate: boolean): Promise<URL> {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new MillwrightError('OPTION_INVALID', 'That is no address of a webhook.', 'Write for example https://example.org/hook.', {
      cause,
    });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new MillwrightError(
      'OPTION_INVALID',
      `A webhook cannot be called by ${url.protocol}//.`,
      'Give an address of http:// or https://.',
    );
  if (url.username !== '' || url.password !== '')
    throw new MillwrightError(
      'OPTION_INVALID',
      'The address of a webhook holds no user or password.',
      'Deliveries are signed instead; see docs/webhooks.md.',
    );
  if (allowPrivate) return url;
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isPublic(host)) throw refusedAddress(host);
  await new Promise<void>((resolve, reject) => {
    // a name that is not known now may be known later; each delivery looks again
    publicLookup(host, {}, (error) => (error instanceof MillwrightError ? reject(error) : resolve()));
  });
  return url;
}

/** The host without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

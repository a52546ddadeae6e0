import { createHash, createHmac } from 'node:crypto';

/** Who signs, and where. */
export interface S3Key {
  id: string;
  secret: string;
  /** Of keys that end. */
  session?: string;
  region: string;
}

/**
 * The headers of a request to S3, signed (AWS Signature Version 4, the hash of the body in `x-amz-content-sha256`).
 * @param url with its query
 * @param bodyHash SHA-256 of the body, lower-case hexadecimal
 * @param more headers that are signed too, by lower-case name
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function signedHeaders(
  method: string,
  url: URL,
  bodyHash: string,
  key: S3Key,
  now: Date,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${at.slice(0, 8)}/${key.region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    ...more,
    host: url.host,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': at,
    ...(key.session && { 'x-amz-security-token': key.session }),
  };
  const names = Object.keys(headers).sort();
  const query = [...url.searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
  const path = url.pathname
    .split('/')
    .map((part) => encoded(decodeURIComponent(part)))
    .join('/');
  const told = names.map((name) => `${name}:${headers[name]?.trim()}\n`).join('');
  const request = [method, path, query, told, names.join(';'), bodyHash].join('\n');
  const text = ['AWS4-HMAC-SHA256', at, scope, createHash('sha256').update(request).digest('hex')].join('\n');
  const day = scope.split('/').reduce<string | Buffer>((from, part) => hmac(from, part), `AWS4${key.secret}`);
  const { host: _, ...sent } = headers;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${key.id}/${scope},SignedHeaders=${names.join(';')},Signature=${hmac(day, text).toString('hex')}`,
  };
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** RFC 3986: more is escaped than JavaScript does. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

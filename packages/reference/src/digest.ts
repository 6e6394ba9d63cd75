import { createHash } from 'node:crypto';

declare const digestBrand: unique symbol;

/** A content digest, `sha256:` and 64 lower-case hex digits: the only algorithm that Amazon ECR stores. */
export type Digest = string & { readonly [digestBrand]: true };

const digestPattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return digestPattern.test(text);
}

/** @throws TypeError when the text is not a sha256 digest */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new TypeError(`not a sha256 digest: ${JSON.stringify(text)}`);
  return text;
}

/** The digest of bytes that are in memory, such as a manifest. */
export function digestOf(bytes: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

/** The first 12 hex digits, as people say them. */
export function shortDigest(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

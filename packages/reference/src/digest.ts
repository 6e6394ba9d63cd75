import { createHash } from 'node:crypto';

declare const digestBrand: unique symbol;

/** A content digest: `sha256:` and 64 lower-case hex digits. Amazon ECR stores no other algorithm. */
export type Digest = string & { readonly [digestBrand]: true };

const digestPattern = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return digestPattern.test(text);
}

/** @throws TypeError if the text is not a sha256 digest */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) throw new TypeError(`not a sha256 digest: ${JSON.stringify(text)}`);
  return text;
}

/** Computes the digest of content in memory, such as a manifest. */
export function digestOf(bytes: string | Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

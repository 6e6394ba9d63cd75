import type { Digest } from '@towpath/reference';
import type { Secret } from '../access/secret.ts';
import type { Clock } from '../clock.ts';
import { pathOf } from '../http/path.ts';
import { Refusal } from '../refusal.ts';
import type { RegistryLocation } from '../registry/repository.ts';

const lifetimeSeconds = 3600;

/** A layer in the bucket. */
export interface LayerKey extends RegistryLocation {
  readonly repository: string;
  readonly digest: string;
}

/**
 * ECR's layer bucket: another origin with signed addresses that expire. This class signs and verifies addresses. The
 * bytes are stored in the repositories.
 */
export class LayerBucket {
  /** The scheme, host and port of the bucket. */
  origin = '';
  readonly #secret: Secret;
  readonly #clock: Clock;

  constructor(secret: Secret, clock: Clock) {
    this.#secret = secret;
    this.#clock = clock;
  }

  /** Returns a download address for a layer, valid for an hour. */
  addressOf({ account, region }: RegistryLocation, repository: string, digest: Digest): string {
    const url = new URL(`/${account}/${region}/${repository}/${digest}`, this.origin);
    url.searchParams.set('X-Amz-Algorithm', 'AWS4-HMAC-SHA256');
    url.searchParams.set('X-Amz-Date', basicTime(this.#clock.now()));
    url.searchParams.set('X-Amz-Expires', String(lifetimeSeconds));
    url.searchParams.set('X-Amz-SignedHeaders', 'host');
    url.searchParams.set('X-Amz-Signature', this.#secret.sign(signedPart(url)));
    return url.href;
  }

  /** @throws Refusal with S3's message if the signature is invalid or the address has expired */
  read(url: URL): LayerKey {
    if (!this.#secret.verifies(signedPart(url), url.searchParams.get('X-Amz-Signature') ?? '')) {
      throw new Refusal(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      );
    }
    const issued = parseBasicTime(url.searchParams.get('X-Amz-Date') ?? '');
    if (this.#clock.now() > issued + lifetimeSeconds * 1000) {
      throw new Refusal('AccessDenied', 'Request has expired');
    }
    return this.keyIn(url);
  }

  /** Parses the layer of an address, without verifying it. */
  keyIn(url: URL): LayerKey {
    const [, account = '', region = '', ...rest] = pathOf(url).split('/');
    return { account, region, repository: rest.slice(0, -1).join('/'), digest: rest.at(-1) ?? '' };
  }
}

function signedPart(url: URL): string {
  const copy = new URL(url);
  copy.searchParams.delete('X-Amz-Signature');
  return copy.pathname + copy.search;
}

/** Formats a time in the basic format of ISO 8601, as in Signature Version 4: `20261121T103203Z`. */
function basicTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/[-:]|\.\d+/g, '');
}

function parseBasicTime(text: string): number {
  return Date.parse(text.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
}

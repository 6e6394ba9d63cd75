import { issueToken } from '../access/authorization-token.ts';
import { rootOf } from '../access/caller.ts';
import type { Secret } from '../access/secret.ts';
import type { Clock } from '../clock.ts';
import { Refusal } from '../refusal.ts';
import type { RegistryLocation } from '../registry/repository.ts';
import { parseEcrHost } from '@towpath/reference';
import type { PullThroughRule } from './rule.ts';
import type { UpstreamAddress } from './upstream.ts';
import { ownProperty } from '../own-property.ts';

/** Where upstreams are dialled. The emulator never dials the real ones: it knows them by its options alone. */
export class Upstreams {
  readonly #addresses: Readonly<Record<string, string>>;
  readonly #secret: Secret;
  readonly #clock: Clock;
  /** The registries of this emulator, by their real names. */
  readonly #own = new Map<string, string>();

  /** @param addresses host → URL, which may carry a user and a password */
  constructor(addresses: Readonly<Record<string, string>>, secret: Secret, clock: Clock) {
    this.#addresses = addresses;
    this.#secret = secret;
    this.#clock = clock;
  }

  /** A registry of this emulator is an upstream like any other ECR registry. */
  add(host: string, url: string): void {
    this.#own.set(host, url);
  }

  /** @throws Refusal UnableToGetUpstreamImageException when nobody said where the upstream is */
  addressOf({ upstreamHost }: PullThroughRule, { account }: RegistryLocation): UpstreamAddress {
    const hosted = this.#own.get(upstreamHost);
    const region = parseEcrHost(upstreamHost)?.region;
    if (hosted !== undefined && region !== undefined) {
      const { token } = issueToken(this.#secret, rootOf(account, region), region, this.#clock.now());
      return { url: hosted, authorization: `Basic ${token}` };
    }
    const given = ownProperty(this.#addresses, upstreamHost);
    if (given === undefined) {
      throw new Refusal(
        'UnableToGetUpstreamImageException',
        `no upstream address is known for ${upstreamHost}`,
      );
    }
    const url = new URL(given);
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return {
      url: url.origin,
      ...(url.username !== '' && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
    };
  }
}

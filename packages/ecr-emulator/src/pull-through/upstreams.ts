import { issueToken } from '../access/authorization-token.ts';
import { rootOf } from '../access/caller.ts';
import type { Secret } from '../access/secret.ts';
import type { Clock } from '../clock.ts';
import { Refusal } from '../refusal.ts';
import type { RegistryLocation } from '../registry/repository.ts';
import { parseEcrHost } from '@towpath/reference';
import type { PullThroughRule } from '../registry/settings.ts';
import type { UpstreamAddress } from './upstream.ts';
import { ownProperty } from '../own-property.ts';

/** The addresses of upstream registries, from the emulator's options. The emulator never connects to the real ones. */
export class Upstreams {
  readonly #addresses: Readonly<Record<string, string>>;
  readonly #secret: Secret;
  readonly #clock: Clock;
  /** The URLs of this emulator's registries, by real host. */
  readonly #emulated = new Map<string, string>();

  /** @param addresses URLs by host, optionally with user and password */
  constructor(addresses: Readonly<Record<string, string>>, secret: Secret, clock: Clock) {
    this.#addresses = addresses;
    this.#secret = secret;
    this.#clock = clock;
  }

  /** Adds a registry of this emulator as a possible upstream. */
  add(host: string, url: string): void {
    this.#emulated.set(host, url);
  }

  /** @throws Refusal UnableToGetUpstreamImageException if the address of the upstream is unknown */
  addressOf({ upstreamHost }: PullThroughRule, { account }: RegistryLocation): UpstreamAddress {
    const hosted = this.#emulated.get(upstreamHost);
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

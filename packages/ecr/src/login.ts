import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import { parseEcrHost } from '@towpath/reference';
import type { Aws } from './aws.ts';
import { call } from './call.ts';

/** A user and password for a registry host, as Docker's credential helpers hand them over. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface Token extends Credentials {
  readonly expires: Date;
}

interface LoginPort {
  readonly clock: { now(): Date };
  readonly log: { mask(secret: string): void };
}

/** A token is renewed when less than this is left: the longest that one request of ours may take. */
const margin = 15 * 60_000;

/** Logs in to ECR registries: one token a region, for it is the caller's and opens every registry the caller may read. */
export class RegistryLogin {
  readonly #aws: Aws;
  readonly #port: LoginPort;
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(aws: Aws, port: LoginPort) {
    this.#aws = aws;
    this.#port = port;
  }

  /** The `Authorization` header for an ECR host; none for other hosts. ECR takes Basic straight away. */
  readonly authorize = async (host: string): Promise<string | undefined> => {
    const credentials = await this.credentials(host);
    if (credentials === undefined) return undefined;
    return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  };

  async credentials(host: string): Promise<Credentials | undefined> {
    const region = parseEcrHost(host)?.region;
    return region === undefined ? undefined : this.#token(region);
  }

  async #token(region: string): Promise<Token> {
    const held = this.#tokens.get(region);
    if (held !== undefined && this.#isFresh(await held)) return held;
    // Somebody else may have renewed it while this call waited.
    const known = this.#tokens.get(region);
    if (known !== undefined && known !== held) return known;
    const token = this.#fetch(region);
    this.#tokens.set(region, token);
    return token;
  }

  #isFresh({ expires }: Token): boolean {
    return expires.getTime() - this.#port.clock.now().getTime() > margin;
  }

  async #fetch(region: string): Promise<Token> {
    const { authorizationData } = await call({ operation: 'ecr:GetAuthorizationToken' }, () =>
      this.#aws.ecr(region).send(new GetAuthorizationTokenCommand({})),
    );
    const encoded = authorizationData?.[0]?.authorizationToken ?? '';
    const [username = '', password = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    if (password === '')
      throw new CodedError('outside-failed', `ECR in ${region} gave a login without a password.`);
    this.#port.log.mask(encoded);
    this.#port.log.mask(password);
    return { username, password, expires: authorizationData?.[0]?.expiresAt ?? this.#port.clock.now() };
  }
}

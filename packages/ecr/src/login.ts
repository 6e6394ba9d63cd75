import { GetAuthorizationTokenCommand, type AuthorizationData } from '@aws-sdk/client-ecr';
import { GetAuthorizationTokenCommand as GetPublicTokenCommand } from '@aws-sdk/client-ecr-public';
import { CodedError } from '@towpath/errors';
import { galleryHost, parseEcrHost } from '@towpath/reference';
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

/**
 * Logs in to ECR registries: one token a region, for it is the caller's and opens every registry the caller may read;
 * and another one for all public registries.
 */
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
    return credentials === undefined ? undefined : basic(credentials);
  };

  /**
   * The `Authorization` header for which the gallery gives a token to push with. To pull from it, it is not needed: a
   * public image has to be had without credentials for AWS. Other hosts get none.
   */
  readonly authorizePublic = async (host: string): Promise<string | undefined> =>
    host === galleryHost ? basic(await this.#token(galleryHost)) : undefined;

  async credentials(host: string): Promise<Credentials | undefined> {
    const region = parseEcrHost(host)?.region;
    return region === undefined ? undefined : this.#token(region);
  }

  /** @param place a region, or the host of the gallery */
  async #token(place: string): Promise<Token> {
    const held = this.#tokens.get(place);
    if (held !== undefined && this.#isFresh(await held)) return held;
    // Somebody else may have renewed it while this call waited.
    const known = this.#tokens.get(place);
    if (known !== undefined && known !== held) return known;
    const token = this.#fetch(place);
    this.#tokens.set(place, token);
    return token;
  }

  #isFresh({ expires }: Token): boolean {
    return expires.getTime() - this.#port.clock.now().getTime() > margin;
  }

  async #fetch(place: string): Promise<Token> {
    const granted = await (place === galleryHost ? this.#grantPublic() : this.#grant(place));
    const encoded = granted?.authorizationToken ?? '';
    const [username = '', password = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    if (password === '')
      throw new CodedError('outside-failed', `ECR in ${place} gave a login without a password.`);
    this.#port.log.mask(encoded);
    this.#port.log.mask(password);
    return { username, password, expires: granted?.expiresAt ?? this.#port.clock.now() };
  }

  async #grant(region: string): Promise<AuthorizationData | undefined> {
    const { authorizationData } = await call({ operation: 'ecr:GetAuthorizationToken' }, () =>
      this.#aws.ecr(region).send(new GetAuthorizationTokenCommand({})),
    );
    return authorizationData?.[0];
  }

  /** One object, where private registries give a list; and STS has a say in it (ECR Public API, GetAuthorizationToken). */
  async #grantPublic(): Promise<AuthorizationData | undefined> {
    const operation = 'ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken';
    const { authorizationData } = await call({ operation }, () =>
      this.#aws.ecrPublic().send(new GetPublicTokenCommand({})),
    );
    return authorizationData;
  }
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

import { GetAuthorizationTokenCommand, type AuthorizationData } from '@aws-sdk/client-ecr';
import { CodedError } from '@towpath/errors';
import { ecrPublicHost, parseEcrHost } from '@towpath/reference';
import type { Aws } from './aws.ts';
import { call } from './call.ts';

/** The user and the password for a registry host. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface Token extends Credentials {
  readonly expires: Date;
  /** The account of the caller. Undefined for public registries. */
  readonly account: string | undefined;
}

interface LoginPort {
  readonly clock: { now(): Date };
  readonly log: { mask(secret: string): void };
}

/** Tokens with less time left are renewed. No request takes longer. In milliseconds. */
const margin = 15 * 60_000;

/**
 * Logs in to ECR registries. One token per region is valid for all registries that the caller may read, and another one
 * for all public registries.
 */
export class RegistryLogin {
  readonly #aws: Aws;
  readonly #port: LoginPort;
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(aws: Aws, port: LoginPort) {
    this.#aws = aws;
    this.#port = port;
  }

  /** Returns the `Authorization` header for a private ECR host, which accepts Basic, or undefined for other hosts. */
  readonly authorize = async (host: string): Promise<string | undefined> => {
    const credentials = await this.credentials(host);
    return credentials === undefined ? undefined : basic(credentials);
  };

  /**
   * Returns the `Authorization` header to get a push token of Amazon ECR Public, or undefined for other hosts. Pulls need
   * no header, so that public images work without AWS credentials.
   */
  readonly authorizePublic = async (host: string): Promise<string | undefined> =>
    host === ecrPublicHost ? basic(await this.#token(ecrPublicHost)) : undefined;

  async credentials(host: string): Promise<Credentials | undefined> {
    const region = parseEcrHost(host)?.region;
    return region === undefined ? undefined : this.#token(region);
  }

  /** Returns the caller's account, as the login to a private registry names it. */
  async account(host: string): Promise<string | undefined> {
    const region = parseEcrHost(host)?.region;
    return region === undefined ? undefined : (await this.#token(region)).account;
  }

  /** @param scope a region, or the host of Amazon ECR Public */
  async #token(scope: string): Promise<Token> {
    const cached = this.#tokens.get(scope);
    if (cached !== undefined && this.#isFresh(await cached)) return cached;
    // A concurrent call may have renewed the token.
    const renewed = this.#tokens.get(scope);
    if (renewed !== undefined && renewed !== cached) return renewed;
    const token = this.#fetch(scope);
    this.#tokens.set(scope, token);
    return token;
  }

  #isFresh({ expires }: Token): boolean {
    return expires.getTime() - this.#port.clock.now().getTime() > margin;
  }

  async #fetch(scope: string): Promise<Token> {
    const data = await (scope === ecrPublicHost ? this.#fetchPublic() : this.#fetchPrivate(scope));
    const encoded = data?.authorizationToken ?? '';
    const [username = '', password = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
    if (password === '')
      throw new CodedError('outside-failed', `ECR in ${scope} returned a token without a password.`);
    this.#port.log.mask(encoded);
    this.#port.log.mask(password);
    const host = data !== undefined && 'proxyEndpoint' in data ? data.proxyEndpoint : undefined;
    const account = parseEcrHost((host ?? '').replace(/^https:\/\//, ''))?.account;
    return { username, password, account, expires: data?.expiresAt ?? this.#port.clock.now() };
  }

  async #fetchPrivate(region: string): Promise<AuthorizationData | undefined> {
    const { authorizationData } = await call({ operation: 'ecr:GetAuthorizationToken' }, () =>
      this.#aws.ecr(region).send(new GetAuthorizationTokenCommand({})),
    );
    return authorizationData?.[0];
  }

  /** The public API returns one object and not a list, and requires an STS permission (ECR Public API, GetAuthorizationToken). */
  async #fetchPublic(): Promise<AuthorizationData | undefined> {
    const operation = 'ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken';
    const { authorizationData } = await call({ operation }, async () => {
      const client = await this.#aws.ecrPublic();
      const { GetAuthorizationTokenCommand: Command } = await import('@aws-sdk/client-ecr-public');
      return client.send(new Command({}));
    });
    return authorizationData;
  }
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

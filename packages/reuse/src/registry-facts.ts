import { forAll } from '@towpath/concurrency';
import { hasLogin, type DockerConfig, type RegistryCredentials } from '@towpath/docker';
import type { Credentials } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import { pullThroughCaches } from '@towpath/project';
import type { Session } from '@towpath/session';
import { parseEcrHost, parseReference, upstreamHost, type PrivateRegistry } from '@towpath/reference';
import { sourceOf, type ImageSources } from './image-sources.ts';

/** A registry that the builder has to log in to. */
export interface PlannedLogin {
  /** The host of the registry. */
  readonly host: string;
  /** The address at which the builder connects to it. */
  readonly address: string;
}

/** What a build needs from the registries that it uses. */
export interface RegistryFacts {
  readonly sources: ImageSources;
  /** The registries that the builder has to log in to. */
  readonly logins: readonly PlannedLogin[];
  /** Keyed by the address that the builder connects to. */
  readonly credentials: RegistryCredentials;
  /** Private images that are not available because the sources come from a fork. */
  readonly withheld: readonly string[];
}

export interface RegistryQuestion {
  /** The names of all images to pull: base images, frontends and SBOM generators. */
  readonly images: ReadonlySet<string>;
  /** The references of layer caches. They never go through a pull-through cache. */
  readonly layerCaches: ReadonlySet<string>;
  /** The configured cache registry and prefix of each upstream registry. */
  readonly pullThrough: ReadonlyMap<string, PrivateRegistry>;
  readonly docker: DockerConfig;
  readonly fromFork: boolean;
}

/**
 * Determines where images are pulled from, and logs in to those registries. Public images need no login and no AWS
 * credentials.
 *
 * @throws CodedError `credentials-missing`, unless the sources come from a fork, which cannot fix it
 */
export async function readRegistries(
  question: RegistryQuestion,
  session: Session,
  log: Runtime['log'],
): Promise<RegistryFacts> {
  const { images, layerCaches, docker, fromFork } = question;
  const sources = await readSources(question, session, log);
  const hosts = new Map([
    ...[...images].map((image) => [image, sourceOf(image, sources)?.host ?? ''] as const),
    ...[...layerCaches].map((cache) => [cache, parseReference(cache)?.host ?? ''] as const),
  ]);
  const owned = [...hosts].filter(([, host]) => parseEcrHost(host) !== undefined);
  try {
    const logins = await forAll(new Set(owned.map(([, host]) => host)), (host) =>
      login(host, session, docker),
    );
    const found = logins.flat();
    return {
      sources,
      logins: found.map(({ host, address }) => ({ host, address })),
      credentials: new Map(found.map(({ address, credentials }) => [address, credentials])),
      withheld: [],
    };
  } catch (error) {
    if (!isWithoutCredentials(error)) throw error;
    const names = owned.map(([image]) => image);
    if (!fromFork) throw withNames(error, names);
    return { sources, logins: [], credentials: new Map(), withheld: names };
  }
}

/** Adds to the error which images need credentials, and how a job of a reusable workflow gets them. */
function withNames(error: CodedError, names: readonly string[]): CodedError {
  if (/\bexpired\b/.test(error.message)) return error;
  return new CodedError(
    'credentials-missing',
    `The build pulls ${names.join(', ')} from Amazon ECR, and has no AWS credentials: ${error.message}`,
    {
      hint: 'Run aws-actions/configure-aws-credentials in a step before this one, in a job with permissions: id-token: write. In the reusable workflows, set build-role (pipeline), or use pull-request-with-role.',
      cause: error,
    },
  );
}

/**
 * Returns the pull-through caches and endpoints. A fork has no credentials for the caches, so it pulls from the
 * upstream registries.
 */
async function readSources(
  { images, pullThrough, fromFork }: RegistryQuestion,
  session: Session,
  log: Runtime['log'],
): Promise<ImageSources> {
  const { endpoints } = session;
  const hosts = new Set([...images].map((image) => parseReference(image)?.host));
  const needed = new Map([...pullThrough].filter(([upstream]) => hosts.has(upstreamHost(upstream))));
  try {
    return { caches: await pullThroughCaches(needed, session, log), endpoints };
  } catch (error) {
    if (!fromFork || !isWithoutCredentials(error)) throw error;
    log.info(
      'A fork has no AWS credentials for the pull-through cache. Base images are pulled from their own registries.',
    );
    return { caches: [], endpoints };
  }
}

/**
 * Logs in to a registry. A credential helper that the user configured, or an existing Docker login, takes precedence
 * over AWS.
 */
async function login(
  host: string,
  session: Session,
  docker: DockerConfig,
): Promise<readonly (PlannedLogin & { readonly credentials: Credentials })[]> {
  const address = session.endpoints.get(host)?.host ?? host;
  if (docker.content.credHelpers?.[address] !== undefined) return [];
  try {
    const credentials = await session.login().credentials(host);
    return credentials === undefined ? [] : [{ host, address, credentials }];
  } catch (error) {
    if (isWithoutCredentials(error) && hasLogin(docker, address)) return [];
    throw error;
  }
}

function isWithoutCredentials(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === 'credentials-missing';
}

import { CodedError } from '@towpath/errors';
import { isRepositoryName, parseRegistry, type Platform, type Registry } from '@towpath/reference';
import type { GatePolicy } from '@towpath/scan-policy';
import type { TagTemplate } from '@towpath/tags';
import type { BuildConfig, BuildOptions } from './build-options.ts';
import type { RepositorySettings } from './repository-settings.ts';

/** Everything that a repository says about its images, whatever form it says it in. */
export interface Config {
  /** The file it comes from, relative to the workspace. */
  readonly file: string;
  /** There is none: the Dockerfile in the root is all, and the image is called as its repository. */
  readonly isBare?: boolean;
  readonly registry: RegistrySource;
  readonly images: readonly ImageConfig[];
  /** Built only because images are built upon them, and never published. */
  readonly bases: readonly ImageConfig[];
  /** What `publish` applies. Never empty. */
  readonly tags: readonly TagTemplate[];
  /** In the order in which they are promoted through. */
  readonly environments: readonly EnvironmentConfig[];
  readonly gate: GatePolicy;
  /** How repositories are created that do not exist yet. */
  readonly repositories: RepositorySettings;
  readonly ledger: LedgerMode;
  readonly build: BuildConfig;
  /** What a person should know of how the file was read. */
  readonly notices: readonly string[];
}

/**
 * Whether the ledger of a registry is read and written. With `on`, a ledger that the role may not read is an error.
 * With `if-readable`, it is a warning: the model's own forms have no key to turn the ledger off.
 */
export type LedgerMode = 'on' | 'if-readable' | 'off';

/**
 * Where the registry is read from. `caller` is the registry of whoever holds the AWS credentials; `{environment}` in
 * the name of a parameter is that of the place, `build` for what `publish` fills.
 */
export type RegistrySource =
  | { readonly kind: 'literal'; readonly registry: Registry }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'caller' };

const parameterName = /^ssm:(?<name>\/?(?:[\w./-]|\{environment\})+)$/;

/** What {@link parseRegistrySource} reads, for messages. */
export const registrySourceForm =
  'an ECR registry such as 111122223333.dkr.ecr.us-east-1.amazonaws.com/prefix or public.ecr.aws/alias/prefix, or ssm:/name/of/a/parameter';

/** The source that a text means: a registry, or `ssm:` and the name of the parameter that holds it. */
export function parseRegistrySource(text: string): RegistrySource | undefined {
  const { name } = parameterName.exec(text)?.groups ?? {};
  if (name !== undefined) return { kind: 'parameter', name };
  const registry = parseRegistry(text);
  return registry === undefined ? undefined : { kind: 'literal', registry };
}

/** One image and how it is built. Paths are relative to the workspace, with forward slashes. */
export interface ImageConfig extends BuildOptions {
  readonly name: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  /** Empty: the platform of the builder. */
  readonly platforms: readonly Platform[];
  /** The full name of its ECR repository, when it is not `<prefix>/<name>`. */
  readonly repository?: string;
}

/** A stage on the way to production: images arrive in it from the stage before. */
export interface EnvironmentConfig {
  readonly name: string;
  /** The environment before it, or `build`: what `publish` has left. */
  readonly from: string;
  /** When it is not the registry of the build. */
  readonly registry?: RegistrySource;
  /** `{repository}-{environment}` where a team keeps one repository for each environment. */
  readonly repository?: string;
  readonly tags: readonly TagTemplate[];
  readonly gate?: GatePolicy;
  /** The ARN of the role that reads and writes its registry. Undefined: the credentials of the job are used. */
  readonly role?: string;
}

/** The repository of an image under the registry it is built for. */
export function imageRepository(image: ImageConfig, registry: Registry): string {
  return image.repository ?? (registry.prefix === '' ? image.name : `${registry.prefix}/${image.name}`);
}

const ledger = 'towpath';

/** Where the ledger of a registry is: the repository in which releases are recorded. */
export function ledgerRepository({ prefix }: Pick<Registry, 'prefix'>): string {
  return prefix === '' ? ledger : `${prefix}/${ledger}`;
}

/** Whether an image of this name would be in the repository of the ledger. */
export function isLedgerName(image: string): boolean {
  return image === ledger;
}

/** What can stand in an environment's template for a repository. */
export const repositoryFacts: readonly string[] = ['repository', 'environment', 'image'];

/**
 * The repository of an image in an environment: the build's, unless the environment has a template for it.
 *
 * @throws CodedError `config-invalid` when the template makes no repository name
 */
export function environmentRepository(
  environment: EnvironmentConfig,
  image: ImageConfig,
  built: string,
): string {
  const name = renderRepository(environment, image, built);
  if (environment.repository === undefined || isRepositoryName(name)) return name;
  throw new CodedError('config-invalid', `${JSON.stringify(name)} is no repository name.`, {
    hint: `It comes from environments.${environment.name}.repository: {repository}, {environment} and {image} can stand in it.`,
  });
}

/** What the template of an environment makes of a repository, whether it is a repository name or not. */
export function renderRepository(environment: EnvironmentConfig, image: ImageConfig, built: string): string {
  const facts: Readonly<Record<string, string>> = {
    repository: built,
    environment: environment.name,
    image: image.name,
  };
  return (environment.repository ?? built).replace(
    /\{(\w+)\}/g,
    (whole, fact: string) => facts[fact] ?? whole,
  );
}

/** How the registries that are not written out are found. */
export interface RegistryLookup {
  /** The value of an SSM parameter. */
  readonly parameter: (name: string) => Promise<string>;
  /** The host of the caller's own registry. */
  readonly callerHost: () => Promise<string>;
}

/**
 * The registry that a source means.
 *
 * @param environment the name of the place that it is asked for
 * @throws CodedError `registry-unknown` when what was found is no ECR registry
 */
export async function resolveRegistry(
  source: RegistrySource,
  environment: string,
  lookup: RegistryLookup,
): Promise<Registry> {
  switch (source.kind) {
    case 'literal':
      return source.registry;
    case 'parameter': {
      const name = source.name.replaceAll('{environment}', environment);
      return requireRegistry(await lookup.parameter(name), `SSM parameter ${name}`);
    }
    case 'caller':
      return requireRegistry(await lookup.callerHost(), `the caller's own registry`);
  }
}

function requireRegistry(found: string, origin: string): Registry {
  const registry = parseRegistry(found);
  if (registry !== undefined) return registry;
  const example = '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll';
  throw new CodedError('registry-unknown', `${JSON.stringify(found)}, from ${origin}, is no ECR registry.`, {
    hint: `It must look like ${example}.`,
  });
}

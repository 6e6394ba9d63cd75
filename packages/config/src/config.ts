import { CodedError } from '@towpath/errors';
import { isRepositoryName, parseRegistry, type Platform, type Registry } from '@towpath/reference';
import type { GatePolicy } from '@towpath/scan-policy';
import type { TagTemplate } from '@towpath/tags';
import type { BuildConfig, BuildOptions } from './build-options.ts';
import type { LintConfig } from './lint-schema.ts';
import type { RegistrySource } from './registry-source.ts';
import type { RepositoriesConfig } from './repository-settings.ts';

/** The configuration of a repository's images, whatever file format it came from. */
export interface Config {
  /** The configuration file, relative to the workspace. */
  readonly file: string;
  /**
   * Whether there is no configuration file. The only image is the Dockerfile in the root, named after the
   * repository.
   */
  readonly isBare?: boolean;
  readonly registry: RegistrySource;
  readonly images: readonly ImageConfig[];
  /** Images that other images are built on. They are built, but never published. */
  readonly bases: readonly ImageConfig[];
  /** The tags that `publish` sets. Never empty. */
  readonly tags: readonly TagTemplate[];
  /** In promotion order. */
  readonly environments: readonly EnvironmentConfig[];
  /** The policy of environments without a gate of their own. */
  readonly gate: GatePolicy;
  /** The settings of repositories. */
  readonly repositories: RepositoriesConfig;
  readonly ledger: LedgerMode;
  /** The settings of the rules for Dockerfiles. */
  readonly lint: LintConfig;
  readonly build: BuildConfig;
  /** Notices for the user about how the file was read. */
  readonly notices: readonly string[];
}

/**
 * Whether Towpath reads and writes the ledger of a registry. With `on`, a ledger that the role may not read
 * is an error. With `if-readable`, it is a warning: the model's own forms have no key to turn the ledger off.
 */
export type LedgerMode = 'on' | 'if-readable' | 'off';

/** One image and how it is built. Paths are relative to the workspace, with forward slashes. */
export interface ImageConfig extends BuildOptions {
  readonly name: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly target?: string;
  /** If empty, the platform of the builder. */
  readonly platforms: readonly Platform[];
  /** The full name of its ECR repository, if it differs from `<prefix>/<name>`. */
  readonly repository?: string;
  /** Whether AWS Lambda must be able to run it. Lambda ignores the user of an image. */
  readonly lambda?: boolean;
}

/** A stage on the way to production. Images are promoted to it from the previous stage. */
export interface EnvironmentConfig {
  readonly name: string;
  /**
   * The previous environments, or `build` for the images that `publish` pushed. Never empty. A version is promoted
   * from the first of them that has it.
   */
  readonly from: readonly string[];
  /** Its registry, if it differs from the build's. */
  readonly registry?: RegistrySource;
  /** A template such as `{repository}-{environment}`, for teams with one repository for each environment. */
  readonly repository?: string;
  readonly tags: readonly TagTemplate[];
  /**
   * The policy for images that enter it: the gate of the file with the keys of the environment. `off`: promotions into
   * the environment judge no scans. Undefined: the policy of the file.
   */
  readonly gate?: GatePolicy | 'off';
  /** How long a version must have been in the previous environment, in milliseconds. Undefined: no time. */
  readonly soak?: number;
  /**
   * How images get into its registry. `replication`: ECR copies them by the replication rules of the source registry,
   * and `promote` waits for it. Undefined: `promote` copies them.
   */
  readonly via?: 'copy' | 'replication';
  /** The ARN of the role that reads and writes its registry. If undefined, the job's credentials are used. */
  readonly role?: string;
}

/** Returns the repository of an image in the registry of the build. */
export function imageRepository(image: ImageConfig, registry: Registry): string {
  return image.repository ?? (registry.prefix === '' ? image.name : `${registry.prefix}/${image.name}`);
}

const ledger = 'towpath';

/** Returns the name of the ledger's repository in a registry. Releases are recorded there. */
export function ledgerRepository({ prefix }: Pick<Registry, 'prefix'>): string {
  return prefix === '' ? ledger : `${prefix}/${ledger}`;
}

/** Returns whether a repository is a ledger, of this configuration or of another one. */
export function isLedger(repository: string): boolean {
  return repository === ledger || repository.endsWith(`/${ledger}`);
}

/** Returns whether an image of this name would use the ledger's repository. */
export function isLedgerName(image: string): boolean {
  return image === ledger;
}

/** The variables that an environment's repository template may use. */
export const repositoryFacts: readonly string[] = ['repository', 'environment', 'image'];

/**
 * Returns the repository of an image in an environment. Without a template, it is the repository of the
 * build.
 *
 * @throws CodedError `config-invalid` if the template does not result in a repository name
 */
export function environmentRepository(
  environment: EnvironmentConfig,
  image: ImageConfig,
  built: string,
): string {
  const name = renderRepository(environment, image, built);
  if (environment.repository === undefined || isRepositoryName(name)) return name;
  throw new CodedError('config-invalid', `${JSON.stringify(name)} is not a repository name.`, {
    hint: `It comes from environments.${environment.name}.repository: {repository}, {environment} and {image} are allowed.`,
  });
}

/** Renders the repository template of an environment. The result may be an invalid repository name. */
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

/** Looks up registries that the configuration does not write out. */
export interface RegistryLookup {
  /** Returns the value of an SSM parameter. */
  readonly parameter: (name: string) => Promise<string>;
  /** Returns the host of the caller's own registry. */
  readonly callerHost: () => Promise<string>;
}

/**
 * Resolves a registry source to a registry.
 *
 * @param environment the name of the environment, or `build`
 * @throws CodedError `registry-unknown` if the resolved value is not an ECR registry
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
      return requireRegistry(
        await lookup.callerHost().catch(withoutRegion),
        `the registry of the AWS account`,
      );
  }
}

/** Explains where a missing region matters: with a registry in the configuration, no region is needed. */
function withoutRegion(error: unknown): never {
  if (!(error instanceof CodedError) || error.code !== 'input-invalid') throw error;
  throw new CodedError(
    'registry-unknown',
    'The configuration has no registry, and without a region the registry of the AWS account is unknown.',
    {
      hint: `Set registry in towpath.yaml, for example registry: ${exampleRegistry}. Or set AWS_REGION.`,
      cause: error,
    },
  );
}

const exampleRegistry = '111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll';

function requireRegistry(found: string, origin: string): Registry {
  const registry = parseRegistry(found);
  if (registry !== undefined) return registry;
  throw new CodedError(
    'registry-unknown',
    `${JSON.stringify(found)}, from ${origin}, is not an ECR registry.`,
    {
      hint: `It must look like ${exampleRegistry}.`,
    },
  );
}

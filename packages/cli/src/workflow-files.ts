import type { Config } from '@towpath/config';
import { formatPlatform, partitionOf } from '@towpath/reference';
import { stringify } from 'yaml';

/** A file that `init` writes. */
export interface NewFile {
  /** Relative to the root of the repository, with forward slashes. */
  readonly path: string;
  readonly content: string;
}

interface Options {
  /** Whether builds need a role, because base images are in a private registry of ECR. */
  readonly hasPrivateBases: boolean;
  readonly region: string | undefined;
}

/** The platforms that runners build without emulation. */
const nativePlatform = 'linux/amd64';

/**
 * Returns the workflows for pull requests, for pushes to main, and for promotions and rollbacks. Roles and region are those of
 * the README if the registry is known, and variables of the GitHub repository otherwise.
 */
export function workflowFiles(config: Config, { hasPrivateBases, region }: Options): readonly NewFile[] {
  const { role, awsRegion } = valuesOf(config, region);
  const names = config.environments.map(({ name }) => name);
  const [first = 'dev', ...later] = names;
  const inputs = dispatchInputs(later.length === 0 ? [first] : later);
  const read = { contents: 'read', ...(hasPrivateBases && { 'id-token': 'write' }) };
  const write = { contents: 'read', 'id-token': 'write' };
  const emulated = emulatedPlatforms(config);
  const emulate = emulated === '' ? {} : { emulate: emulated };
  return [
    workflow('pull-request', { pull_request: null }, 'build', {
      uses: uses(hasPrivateBases ? 'pull-request-with-role' : 'pull-request'),
      permissions: read,
      with: { 'aws-region': awsRegion, ...(hasPrivateBases && { 'read-role': role('build') }), ...emulate },
    }),
    workflow('main', { push: { branches: ['main'] } }, 'deliver', {
      uses: uses('pipeline'),
      permissions: write,
      with: {
        'aws-region': awsRegion,
        ...(hasPrivateBases && { 'build-role': role('build') }),
        'publish-role': role('publish'),
        'promote-role': role(`promote-${first}`),
        ...emulate,
      },
    }),
    workflow('promote', { workflow_dispatch: { inputs } }, 'promote', {
      uses: uses('promote'),
      permissions: write,
      with: {
        ...Object.fromEntries(Object.keys(inputs).map((name) => [name, `\${{ inputs.${name} }}`])),
        'aws-region': awsRegion,
        role: role('promote-${{ inputs.environment }}'),
      },
    }),
  ];
}

/** The variables of the GitHub repository that the workflows read, if the registry is unknown. */
export const workflowVariables = ['AWS_REGION', 'AWS_ROLE_PREFIX'] as const;

function valuesOf(
  { registry }: Config,
  region: string | undefined,
): { readonly role: (name: string) => string; readonly awsRegion: string } {
  const known =
    registry.kind === 'literal' && registry.registry.kind === 'private' ? registry.registry : undefined;
  const awsRegion = region ?? known?.region ?? '${{ vars.AWS_REGION }}';
  if (known === undefined) return { awsRegion, role: (name) => `\${{ vars.AWS_ROLE_PREFIX }}${name}` };
  const prefix = known.prefix === '' ? '' : `${known.prefix.replaceAll('/', '-')}-`;
  return {
    awsRegion,
    role: (name) => `arn:${partitionOf(known.region).id}:iam::${known.account}:role/${prefix}${name}`,
  };
}

function emulatedPlatforms({ images, bases }: Config): string {
  const platforms = [...images, ...bases].flatMap((image) => image.platforms.map(formatPlatform));
  const others = [...new Set(platforms)].filter((one) => one !== nativePlatform);
  return others.map((one) => one.replace(/^linux\//, '')).join(',');
}

function dispatchInputs(environments: readonly string[]): object {
  return {
    environment: {
      description: 'The environment to promote to, or to roll back',
      type: 'choice',
      options: environments,
      required: true,
    },
    version: {
      description:
        'The version to promote. For a rollback, the version to return to, by default the previous images',
      type: 'string',
    },
    rollback: { description: 'Roll the environment back', type: 'boolean' },
    'break-glass': {
      description: 'The reason to promote although the gate fails, for emergencies',
      type: 'string',
    },
    reason: { description: 'The reason for a rollback', type: 'string' },
  };
}

function uses(name: string): string {
  return `towpath/towpath/.github/workflows/${name}.yml@v1`;
}

function workflow(name: string, on: object, job: string, definition: object): NewFile {
  const text = stringify(
    { name: name.replace('-', ' '), on, permissions: {}, jobs: { [job]: definition } },
    { nullStr: '', lineWidth: 0 },
  );
  return {
    path: `.github/workflows/${name}.yml`,
    content: text.replace(/^(?=[a-z])(?!name)/gm, '\n').replace(/ +$/gm, ''),
  };
}

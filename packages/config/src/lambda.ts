import type { Problem } from '@towpath/errors';
import { formatEcrHost, formatPlatform, type Platform, type RegistryHost } from '@towpath/reference';
import type { AttestationMode } from './build-options.ts';
import type { ImageConfig } from './config.ts';

/** The architectures of functions (Lambda API, `Architectures`). */
const lambdaPlatforms: readonly string[] = ['linux/amd64', 'linux/arm64'];

/** How an image is built, after inputs have replaced settings of the configuration. */
export interface LambdaBuild {
  /** If empty, the platform of the builder. */
  readonly platforms: readonly Platform[];
  readonly attestations: AttestationMode;
}

/**
 * Returns why AWS Lambda could not run an image with `lambda: true`, if it is built in this way. Empty if it can, and
 * for other images. Lambda runs a manifest of one platform, never an index (Lambda developer guide, "Create a Lambda
 * function using a container image").
 */
export function lambdaProblems(
  { name, lambda, compression, dockerfile: file }: ImageConfig,
  { platforms, attestations }: LambdaBuild,
): readonly Problem[] {
  if (lambda !== true) return [];
  const names = platforms.map(formatPlatform);
  const unknown = names.filter((platform) => !lambdaPlatforms.includes(platform));
  const [first = ''] = names.filter((platform) => !unknown.includes(platform));
  const kept = first === '' ? 'linux/amd64' : first;
  const problem = (message: string, hint: string): Problem => ({
    code: 'lambda-unsupported',
    message,
    hint,
    position: { file },
  });
  return [
    ...(names.length > 1
      ? [
          problem(
            `Image ${name} has lambda: true and ${names.length} platforms, ${names.join(', ')}. AWS Lambda runs images of one platform only.`,
            `Set platforms: [${kept}] for ${name}. If functions need both architectures, add a second image to the configuration.`,
          ),
        ]
      : unknown.map((platform) =>
          problem(
            `Image ${name} has lambda: true and is built for ${platform}. AWS Lambda runs ${lambdaPlatforms.join(' and ')} only.`,
            `Set platforms: [linux/amd64] or platforms: [linux/arm64] for ${name}.`,
          ),
        )),
    ...(attestations === 'index'
      ? [
          problem(
            `Image ${name} has lambda: true, and attestations: index puts it into an index. AWS Lambda runs no index.`,
            'Set attestations: referrers, which keeps the attestations next to the image.',
          ),
        ]
      : []),
    ...(compression?.type !== 'zstd'
      ? []
      : [
          problem(
            `Image ${name} has lambda: true and compression: zstd. AWS Lambda does not run layers of zstd.`,
            `Set compression: gzip for ${name}.`,
          ),
        ]),
  ];
}

/** Why AWS Lambda does not run an image: what is wrong, as the end of a sentence, and the fix without a full stop. */
export type LambdaRefusal = readonly [what: string, fix: string];

/** Returns why AWS Lambda does not pull from a registry. Empty if it does. */
export function lambdaHostRefusals(registry: RegistryHost): readonly LambdaRefusal[] {
  if (registry.kind === 'public')
    return [
      [
        `and AWS Lambda does not pull from ${registry.host}.`,
        'Set a private registry in the region of the functions',
      ],
    ];
  const classic = formatEcrHost(registry.account, registry.region);
  if (registry.host === classic) return [];
  return [[`and AWS Lambda does not pull from ${registry.host}.`, `Set the registry ${classic}`]];
}

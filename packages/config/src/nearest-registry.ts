import { nearest } from '@towpath/errors';
import {
  formatEcrHost,
  formatRegistry,
  partitionOf,
  ecrPublicHost,
  parseReference,
  parseRegistry,
} from '@towpath/reference';

/**
 * The regions of Amazon ECR, for suggestions only: other regions are valid too (AWS General Reference,
 * "Amazon ECR endpoints").
 */
const regions: readonly string[] = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'us-gov-east-1', 'us-gov-west-1'],
  ...['af-south-1', 'ca-central-1', 'ca-west-1', 'mx-central-1', 'sa-east-1', 'il-central-1'],
  ...[
    'ap-east-1',
    'ap-east-2',
    'ap-northeast-1',
    'ap-northeast-2',
    'ap-northeast-3',
    'ap-south-1',
    'ap-south-2',
  ],
  ...[
    'ap-southeast-1',
    'ap-southeast-2',
    'ap-southeast-3',
    'ap-southeast-4',
    'ap-southeast-5',
    'ap-southeast-7',
  ],
  ...[
    'eu-central-1',
    'eu-central-2',
    'eu-north-1',
    'eu-south-1',
    'eu-south-2',
    'eu-west-1',
    'eu-west-2',
    'eu-west-3',
  ],
  ...['me-central-1', 'me-south-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1'],
];

/** Longer texts get no suggestion. A prefix has at most 256 characters, and the host is short. */
const maxLength = 400;

/** Returns the valid registry that a mistyped text most likely means, or undefined if none is close. */
export function nearestRegistry(text: string): string | undefined {
  if (text.length > maxLength) return undefined;
  const cleaned = text
    .trim()
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    // The dual-stack host of Amazon ECR Public (ECR Public user guide, "Making requests").
    .replace(/^ecr-public\.aws\.com\//, `${ecrPublicHost}/`)
    .replace(/\/?\{.*$/, '')
    .replace(/(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?\/?$/, '');
  if (/^\d{12}$/.test(cleaned)) return `${cleaned}.dkr.ecr.us-east-1.amazonaws.com`;
  const registry =
    parseRegistry(cleaned) ?? parseRegistry(withNearestRegion(cleaned)) ?? parseRegistry(fromArn(cleaned));
  return registry === undefined ? undefined : formatRegistry(registry);
}

/** Returns the registry and repository name from an ARN. */
function fromArn(text: string): string {
  return text.replace(
    /^arn:aws[\w-]*:ecr:([a-z0-9-]+):(\d{12}):repository\/?/,
    (_, region: string, account: string) => `${formatEcrHost(account, region)}/`,
  );
}

function withNearestRegion(text: string): string {
  const given = text.replace(/^(\d{12}\.dkr\.ecr)\.amazonaws\.com/, '$1.us-east-1.amazonaws.com');
  const corrected = given.replace(
    /^(?<start>\d{12}\.dkr[.-]ecr(?:-fips)?\.)(?<region>[^./]+)/,
    (whole, start: string, region: string) => {
      const meant = nearest(region, regions);
      return meant === undefined ? whole : `${start}${meant}`;
    },
  );
  return withDomain(corrected);
}

/** Gives a classic host the domain of its region, such as `amazonaws.com.cn`. */
function withDomain(text: string): string {
  return text.replace(
    /^(\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+))\.amazonaws\.com(?:\.cn)?(?=\/|$)/,
    (_, host: string, region: string) => `${host}.${partitionOf(region).domain}`,
  );
}

/**
 * Returns the repository name to use instead of a text with a registry, a tag or capitals, or undefined if
 * none is close.
 */
export function nearestRepository(text: string): { repository: string; registry?: string } | undefined {
  if (text.length > maxLength) return undefined;
  const cleaned = text
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/(?<!\/)\/+$/, '')
    .toLowerCase();
  const reference = parseReference(cleaned);
  if (reference === undefined) return undefined;
  const { host, repository } = reference;
  if (host === 'docker.io') return { repository: repository.replace(/^library\//, '') };
  const [alias = '', ...rest] = repository.split('/');
  if (host === ecrPublicHost) return { repository: rest.join('/'), registry: `${host}/${alias}` };
  return { repository, registry: host };
}

/** Registries other than ECR. */
const otherHosts: readonly string[] = ['docker.io', 'gcr.io', 'ghcr.io', 'mcr.microsoft.com', 'quay.io'];

/** Returns whether a text names a registry other than Amazon ECR. */
export function isOtherRegistry(text: string): boolean {
  const [host = ''] = text.replace(/^[a-z]+:\/\//i, '').split('/', 1);
  return otherHosts.includes(host.toLowerCase());
}

/** Returns whether the first part of a repository name is the host of a registry. */
export function startsWithRegistry(text: string): boolean {
  const [first = '', ...rest] = text.split('/');
  return (
    rest.length > 0 &&
    (first === ecrPublicHost || otherHosts.includes(first) || /^\d{12}\.dkr[.-]ecr[.-]/.test(first))
  );
}

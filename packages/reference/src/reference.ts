import { isDigest, type Digest } from './digest.ts';
import { repositoryPattern } from './repository.ts';
import { isTag } from './tag.ts';

/** The address of an image: a host, a repository, and a tag, a digest or both. */
export interface Reference {
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const dockerHub = 'docker.io';
const formerDockerHub = 'index.docker.io';

const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';

/** A domain name, an IPv4 address or an IPv6 address in brackets, with an optional port. */
const hostPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-f0-9:]+\\])(?::\\d+)?$`, 'i');

/** Docker takes such a name for an image id. */
const imageIdPattern = /^[a-f0-9]{64}$/;

const maxRepositoryLength = 255;

/** Longer than a host, a repository, a tag and a digest of maximum length. */
const maxReferenceLength = 1024;

/**
 * Parses an image reference of a `FROM` line or a command line, and fills in Docker's defaults: the host `docker.io`,
 * the namespace `library` there, and the tag `latest` if there is no digest. Returns undefined if the text is not a
 * reference (distribution/reference, `ParseNormalizedNamed`). The only digest algorithm is sha256.
 */
export function parseReference(text: string): Reference | undefined {
  if (text.length > maxReferenceLength) return undefined;
  const {
    name = '',
    tag,
    digest,
  } = /^(?<name>[^@]*?)(?::(?<tag>[^:/@]*))?(?:@(?<digest>.*))?$/s.exec(text)?.groups ?? {};
  if ((tag !== undefined && !isTag(tag)) || (digest !== undefined && !isDigest(digest))) return undefined;

  const { host, repository } = splitName(name);
  const isName = hostPattern.test(host) && repositoryPattern.test(repository) && !imageIdPattern.test(name);
  if (!isName || repository.length > maxRepositoryLength) return undefined;
  return { host, repository, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
}

/** The part before the first slash is a host if it cannot be a namespace of Docker Hub. */
function splitName(name: string): Pick<Reference, 'host' | 'repository'> {
  const [first = '', ...rest] = name.split('/');
  const isHost =
    rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const host = !isHost || first === formerDockerHub ? dockerHub : first;
  const repository = isHost ? rest.join('/') : name;
  return {
    host,
    repository: host === dockerHub && !repository.includes('/') ? `library/${repository}` : repository,
  };
}

export function formatReference({ host, repository, tag, digest }: Reference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

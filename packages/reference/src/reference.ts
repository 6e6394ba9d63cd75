import { isDigest, type Digest } from './digest.ts';
import { repositoryPattern } from './repository.ts';
import { isTag } from './tag.ts';

/** Where an image is: a host, a repository, and a tag or a digest or both. */
export interface Reference {
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const dockerHub = 'docker.io';
const formerDockerHub = 'index.docker.io';

const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';

/** A domain name, an IPv4 or a bracketed IPv6 address, and perhaps a port. */
const hostPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-f0-9:]+\\])(?::\\d+)?$`, 'i');

/** A name that cannot be told from the id of an image. */
const imageIdPattern = /^[a-f0-9]{64}$/;

const maxRepositoryLength = 255;

/** A host of 255 characters, a repository, a tag, a digest, and room for what is refused by its own name. */
const maxReferenceLength = 1024;

/**
 * The reference that a `FROM` line or a command line means, with Docker's defaults filled in: no host is Docker
 * Hub, no namespace there is `library`, neither tag nor digest is `latest`. Undefined when it is none
 * (distribution/reference, `ParseNormalizedNamed`; of the digests sha256 alone).
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

/** What stands before the first slash is a host when it cannot be a namespace of Docker Hub. */
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

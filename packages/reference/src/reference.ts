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

const defaultHost = 'docker.io';

/**
 * The reference that a `FROM` line or a command line means, with Docker's defaults filled in: no host is Docker
 * Hub, no namespace there is `library`, neither tag nor digest is `latest`. Undefined when it is none
 * (distribution/reference, `ParseNormalizedNamed`).
 */
export function parseReference(text: string): Reference | undefined {
  const [name = '', digest, ...rest] = text.split('@');
  if (rest.length > 0 || (digest !== undefined && !isDigest(digest))) return undefined;

  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const hasHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const host = hasHost ? first : defaultHost;
  const path = hasHost ? name.slice(slash + 1) : name;

  const colon = path.lastIndexOf(':');
  const tag = colon < 0 ? undefined : path.slice(colon + 1);
  const written = colon < 0 ? path : path.slice(0, colon);
  const repository = host === defaultHost && !written.includes('/') ? `library/${written}` : written;
  if (!repositoryPattern.test(repository) || (tag !== undefined && !isTag(tag))) return undefined;

  return {
    host,
    repository,
    tag: tag ?? (digest === undefined ? 'latest' : undefined),
    digest,
  };
}

export function formatReference({ host, repository, tag, digest }: Reference): string {
  return `${host}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

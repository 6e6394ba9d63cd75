import { ecrPublicHost, formatReference, parseEcrHost } from '@towpath/reference';
import { replaceWord, type Edit } from '../edits.ts';
import type { Hit, Rule } from '../rule.ts';
import type { Pull, Subject } from '../subject.ts';

/** Returns the word of a pull with another image in it, if the image is written there and not in a variable. */
function rewritten({ written, image, word }: Pull, address: string): string | undefined {
  return written === image && !written.includes('$') ? word.replace(written, () => address) : undefined;
}

function editsFor({ lines }: Subject, pull: Pull, address: string): readonly Edit[] | undefined {
  const text = rewritten(pull, address);
  return text === undefined ? undefined : replaceWord(lines, pull.line, pull.word, text);
}

/** Returns the line with another image, for messages. */
function lineWith({ lines }: Subject, pull: Pull, address: string): string {
  const line = (lines[pull.line - 1] ?? '').trim();
  const text = rewritten(pull, address);
  if (text !== undefined && line.length < 300) return line.replace(pull.word, () => text);
  return pull.by === 'FROM'
    ? `FROM ${address}`
    : `${pull.by.replace(/ --mount/, ' --mount=from')}=${address}`;
}

/** The address of an image without the host and namespace that Docker fills in. */
function tagged({ reference: { repository, tag, digest } }: Pull): string {
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

export const baseTag: Rule = {
  id: 'base-tag',
  since: 1,
  severity: 'warning',
  title: 'An image has no tag, or the tag latest',
  why: 'The next build can get another major version. Stages, `scratch`, named contexts and the defaults of `ARG` are resolved first. An image whose name depends on a build arg without a value is not reported.',
  fix: 'Name a version, such as `node:22.11.0`.',
  example: { bad: 'FROM node\n', good: 'FROM node:22.11.0\n' },
  hadolint: ['DL3006', 'DL3007', 'DL3022'],
  difference:
    'hadolint compares names as they are written. This rule resolves variables, stages and named contexts first, and also checks `RUN --mount`.',
  check: function* ({ pulls }) {
    for (const { reference, image, line, by } of pulls) {
      if (reference.digest !== undefined || reference.tag !== 'latest') continue;
      const isWritten = image.endsWith(':latest');
      yield {
        line,
        message: `${by} uses ${image}, which ${isWritten ? 'is the tag latest' : 'has no tag and means latest'}.`,
        hint: `Name a version, such as ${image.replace(/:latest$/, '')}:1.2.3.`,
      };
    }
  },
};

export const baseDigest: Rule = {
  id: 'base-digest',
  since: 1,
  severity: 'info',
  title: 'An image is not fixed by its digest',
  why: 'A tag can move, so the same Dockerfile can build another image tomorrow. A digest names exactly one image. Tools such as Renovate and Dependabot keep digests up to date.',
  fix: 'Add the digest after the tag. `docker buildx imagetools inspect IMAGE` prints it.',
  example: {
    bad: 'FROM node:22.11.0\n',
    good: `FROM node:22.11.0@sha256:5c76d05034644fa8ecc9c2aa84e0a83cd981d0ef13af5455b87b9adf5b216561\n`,
  },
  check: function* ({ pulls }) {
    for (const { reference, image, line, by } of pulls)
      if (reference.digest === undefined && reference.tag !== 'latest')
        yield {
          line,
          message: `${by} uses ${image} without a digest.`,
          hint: `Write ${image}@sha256:… with the digest that docker buildx imagetools inspect ${image} prints.`,
        };
  },
};

/** Whether a host is one of Amazon ECR. Its images need no pull-through cache. */
function isEcrHost(host: string): boolean {
  return [ecrPublicHost, 'ecr-public.aws.com'].includes(host) || parseEcrHost(host) !== undefined;
}

export const baseMirror: Rule = {
  id: 'base-mirror',
  since: 1,
  severity: 'warning',
  title: 'An image is not pulled through the cache',
  why: 'Applies if `pull-through` is configured. `build` pulls images of the configured hosts through the cache, so that the Dockerfile stays the same everywhere: for those it is only `info`, for other tools such as `docker build`. Images of other hosts are pulled from the internet, with their rate limits and outages.',
  fix: 'Add the host to `pull-through` of `towpath.yaml`. If other tools build the Dockerfile too, write the address of the cache into it.',
  example: {
    bad: 'FROM quay.io/keycloak/keycloak:26.0\n',
    good: 'FROM 111122223333.dkr.ecr.us-east-1.amazonaws.com/quay/keycloak/keycloak:26.0\n',
    options: {
      mirrors: new Map([['quay.io', '111122223333.dkr.ecr.us-east-1.amazonaws.com/quay']]),
    },
  },
  hadolint: ['DL3026'],
  difference:
    'DL3026 compares registries with a list in the configuration of hadolint, and this rule with `pull-through`.',
  check: function* (subject) {
    const { mirrors = new Map<string, string>() } = subject.options;
    if (mirrors.size === 0) return;
    for (const pull of subject.pulls) {
      const { host } = pull.reference;
      if (isEcrHost(host) && !mirrors.has(host)) continue;
      if ([...mirrors.values()].some((mirror) => `${host}/`.startsWith(`${mirror.split('/')[0] ?? ''}/`)))
        continue;
      yield mirrors.has(host) ? mirrored(subject, pull, mirrors.get(host) ?? '') : unmirrored(pull, mirrors);
    }
  },
};

function mirrored(subject: Subject, pull: Pull, mirror: string): Hit {
  const address = `${mirror}/${tagged(pull)}`;
  return {
    line: pull.line,
    severity: 'info',
    message: `${pull.by} uses ${pull.image}. Only build pulls it through ${mirror}.`,
    hint: `For other tools, write: ${lineWith(subject, pull, address)}`,
  };
}

function unmirrored(
  { line, by, image, reference: { host } }: Pull,
  mirrors: ReadonlyMap<string, string>,
): Hit {
  return {
    line,
    message: `${by} uses ${image}, and pull-through has no cache for ${host}.`,
    hint: `Add ${host} to pull-through of towpath.yaml. It has ${[...mirrors.keys()].slice(0, 10).join(', ')}.`,
  };
}

export const baseDockerHub: Rule = {
  id: 'base-docker-hub',
  since: 1,
  severity: 'info',
  title: 'An official image is pulled from Docker Hub',
  why: 'Docker Hub limits the number of pulls. Amazon ECR Public has the same official images, without this limit inside AWS. Does not apply if `pull-through` has a cache for `docker.io`.',
  fix: 'Pull it from `public.ecr.aws/docker/library/`, or configure `pull-through` for `docker.io`.',
  example: { bad: 'FROM node:22.11.0\n', good: 'FROM public.ecr.aws/docker/library/node:22.11.0\n' },
  check: function* (subject) {
    if (subject.options.mirrors?.has('docker.io') === true) return;
    for (const pull of subject.pulls) {
      const { host, repository, tag, digest } = pull.reference;
      if (host !== 'docker.io' || !repository.startsWith('library/')) continue;
      const isImplied = !/:[^/]*$/.test(pull.image.replace(/@.*$/, ''));
      const address = formatReference({
        host: 'public.ecr.aws',
        repository: `docker/${repository}`,
        ...(!isImplied && tag !== undefined && { tag }),
        ...(digest !== undefined && { digest }),
      });
      const edits = editsFor(subject, pull, address);
      yield {
        line: pull.line,
        message: `${pull.by} pulls the official image ${pull.image} from Docker Hub.`,
        hint: `Write: ${lineWith(subject, pull, address)}`,
        ...(edits !== undefined && { edits }),
      };
    }
  },
};

import type { Annotation } from '@towpath/flow';
import type { ResolvedImage } from '@towpath/buildx';
import { formatPlatform, parsePlatform, type Platform } from '@towpath/reference';
import type { FinishedBuild } from './build-all.ts';
import type { ImageFacts } from './image-facts.ts';

/** What BuildKit's checks say, at the lines of the Dockerfiles: each once, however many images are built from it. */
export function annotateChecks(builds: readonly FinishedBuild[]): readonly Annotation[] {
  const remarks = builds.flatMap(({ planned: { dockerfile }, progress }) =>
    progress.checks.map(({ message, detail, url, line }): Annotation => {
      const more = [detail, url].filter(Boolean).join(' ');
      return {
        level: 'warning',
        title: 'Dockerfile',
        message: more === '' ? message : `${message}: ${more}`,
        place: { file: dockerfile, line },
      };
    }),
  );
  return [...new Map(remarks.map((remark) => [JSON.stringify(remark), remark])).values()];
}

/**
 * Stages that start from an image of another platform: what such an image holds does not run there. BuildKit's own
 * check (InvalidBaseImagePlatform) says nothing of images that it is given the digests of.
 */
export function annotateForeignBases(
  images: readonly Pick<ImageFacts, 'image' | 'bases'>[],
  resolved: ReadonlyMap<string, ResolvedImage>,
): readonly Annotation[] {
  return images.flatMap(({ image: { name, dockerfile }, bases }) =>
    bases.flatMap(({ image, platform, line }): Annotation[] => {
      const own = resolved.get(image)?.platform;
      const wanted = parsePlatform(platform);
      if (own === undefined || wanted === undefined || isSameMachine(own, wanted)) return [];
      const message = `Image ${name} is built for ${formatPlatform(wanted)} from ${image}, which is for ${formatPlatform(own)} alone.`;
      return [{ level: 'warning', title: 'Dockerfile', message, place: { file: dockerfile, line } }];
    }),
  );
}

/** Variants are left aside: most images do not say theirs. */
function isSameMachine(one: Platform, other: Platform): boolean {
  return one.os === other.os && one.architecture === other.architecture;
}

/** What was not kept although it was wanted. */
export function annotateLosses(builds: readonly FinishedBuild[]): readonly Annotation[] {
  return builds.flatMap(({ planned: { name }, progress: { cacheFailures }, orphans }) => [
    ...(cacheFailures.read === undefined
      ? []
      : [warning(`${name}: its cache could not be read, so that it was built anew: ${cacheFailures.read}`)]),
    ...(cacheFailures.written === undefined
      ? []
      : [warning(`${name}: its cache could not be written: ${cacheFailures.written}`)]),
    ...(orphans === 0
      ? []
      : [
          warning(
            `${name}: its attestations are lost, for they do not say what they are about. Use a newer BuildKit, or attestations: index.`,
          ),
        ]),
  ]);
}

function warning(message: string): Annotation {
  return { level: 'warning', message };
}

import type { Annotation } from '@towpath/flow';
import type { FinishedBuild } from './build-all.ts';

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

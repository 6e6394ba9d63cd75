import type { Report } from '@towpath/flow';
import {
  code,
  formatBytes,
  formatCount,
  formatDuration,
  heading,
  md,
  page,
  table,
  type Markdown,
} from '@towpath/markdown';
import type { ImageSet } from '@towpath/image-set';
import { createHash } from 'node:crypto';
import type { BuildResult } from './execute.ts';
import type { BuildPlan } from './build-plan.ts';
import { annotateCacheFailures } from './annotations.ts';

export function report(plan: BuildPlan, result: BuildResult): Report {
  const { imageSet, withheld } = plan;
  const { scan } = result;
  const { images } = result.set;
  const outputs = {
    'image-set': withheld.length > 0 ? '' : imageSet,
    images: JSON.stringify(images),
    digests: JSON.stringify(Object.fromEntries(images.map(({ name, digest }) => [name, digest]))),
    loaded: JSON.stringify(result.loaded),
    id: images.length === 0 ? '' : setId(result.set),
    digest: images.length === 1 ? (images[0]?.digest ?? '') : '',
    verdict: scan?.verdict ?? '',
    scans: JSON.stringify(scan?.reports ?? []),
    ...scan?.files,
  };
  if (withheld.length === 0)
    return {
      outputs,
      annotations: [...annotateCacheFailures(result.builds), ...(scan?.annotations ?? [])],
      refusals: scan?.reasons ?? [],
      summary: page(describeBuilds(plan, result), scan?.summary),
    };
  const message = `Nothing was built: this pull request comes from a fork, which gets no AWS credentials, and ${withheld.join(', ')} needs them. To build it, a maintainer can push the branch to this repository. [fork-without-credentials]`;
  return {
    outputs,
    annotations: [{ level: 'notice', title: 'fork-without-credentials', message }],
    summary: page(heading(3, 'Nothing was built'), message),
  };
}

/** Returns a short id that differs between image sets. Artifact names can contain it. */
function setId({ images }: ImageSet): string {
  const lines = images.map(({ name, digest }) => `${name}@${digest}`).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 12);
}

const columns = ['Image', 'Platforms', 'Digest', 'Size', 'Time', 'Cached steps'];

function describeBuilds({ reused }: BuildPlan, { set, builds, loaded }: BuildResult): Markdown {
  const built = new Map(builds.map((build) => [build.image.name, build]));
  const inDocker = new Map(loaded.map((one) => [one.name, md`${code(one.reference)} (${one.platform})`]));
  const rows = set.images.map((image) => {
    const build = built.get(image.name);
    return [
      image.name,
      Object.keys(image.platforms).join(', '),
      code(image.digest),
      formatBytes(image.bytes),
      build === undefined ? 'reused' : formatDuration(build.milliseconds),
      build === undefined ? '' : `${build.progress.cached.hits} of ${build.progress.cached.steps}`,
      inDocker.get(image.name) ?? '',
    ];
  });
  const count = `Built ${formatCount(builds.length, 'image')}`;
  return page(
    heading(3, reused.length === 0 ? count : `${count}, reused ${reused.length}`),
    table(loaded.length === 0 ? columns : [...columns, 'In Docker'], rows),
    set.source.revision === undefined ? undefined : md`From commit ${code(set.source.revision)}.`,
  );
}

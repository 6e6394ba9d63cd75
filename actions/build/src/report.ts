import type { Report } from '@towpath/flow';
import { shortDigest } from '@towpath/reference';
import { code, formatBytes, formatCount, formatDuration, heading, md, page, table } from '@towpath/report';
import type { BuildResult } from './execute.ts';
import type { BuildPlan } from './plan.ts';

export function report({ imageSet }: BuildPlan, { set, builds }: BuildResult): Report {
  const [only, ...others] = set.images;
  return {
    outputs: {
      'image-set': imageSet,
      images: JSON.stringify(set.images),
      digest: others.length === 0 ? (only?.digest ?? '') : '',
    },
    summary: page(
      heading(3, `Built ${formatCount(builds.length, 'image')}`),
      table(
        ['Image', 'Platforms', 'Digest', 'Size', 'Time', 'Cached steps'],
        builds.map(({ image, milliseconds, cached }) => [
          image.name,
          Object.keys(image.platforms).join(', '),
          code(shortDigest(image.digest)),
          formatBytes(image.bytes),
          formatDuration(milliseconds),
          `${cached.hits} of ${cached.steps}`,
        ]),
      ),
      set.source.revision === undefined
        ? undefined
        : md`From commit ${code(set.source.revision.slice(0, 12))}.`,
    ),
  };
}

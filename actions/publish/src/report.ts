import type { Annotation, Report } from '@towpath/flow';
import type { BuiltImage } from '@towpath/image-set';
import type { Manifest } from '@towpath/oci';
import { annotateTags, labelOf, listTags } from '@towpath/project';
import { formatPlatform, formatReference, shortDigest, type Digest } from '@towpath/reference';
import {
  code,
  formatBytes,
  formatCount,
  formatDuration,
  heading,
  md,
  page,
  table,
  type Content,
} from '@towpath/report';
import type { PublishResult } from './execute.ts';
import type { PlannedImage, PublishPlan } from './plan.ts';

export function report({ version, images }: PublishPlan, { milliseconds }: PublishResult): Report {
  return {
    outputs: outputs(images),
    annotations: images.flatMap((image) => [
      ...annotateAdoption(image),
      ...annotateTags(image.built.name, image),
    ]),
    summary: page(
      heading(3, `Published ${formatCount(images.length, 'image')} as ${version}`),
      table(['Image', 'Repository', 'Digest', 'Tags', 'Uploaded', 'There already'], images.map(row)),
      images.some(isChanged)
        ? `In ${formatDuration(milliseconds)}.`
        : 'Everything was there already: nothing was written.',
    ),
  };
}

function isChanged({ graph, moves }: PlannedImage): boolean {
  return graph.manifests.some(({ present }) => !present) || moves.some(({ action }) => action !== 'there');
}

function outputs(images: readonly PlannedImage[]): Record<string, string> {
  const published = images.map(({ built, location: { registry, repository }, root, moves }) => ({
    name: built.name,
    registry: registry.host,
    repository,
    digest: root.digest,
    tags: moves.map(({ tag }) => tag),
    image: formatReference({ host: registry.host, repository, digest: root.digest }),
    platforms: platformsOf(root, built),
  }));
  const [only] = published.length === 1 ? published : [];
  return {
    images: JSON.stringify(published),
    image: only?.image ?? '',
    digest: only?.digest ?? '',
    tags: only?.tags.join('\n') ?? '',
    repository: only?.repository ?? '',
    registry: only?.registry ?? '',
  };
}

/** An adopted image is another than the one that was built: its own index tells. */
function platformsOf(root: Manifest, { platforms }: BuiltImage): Record<string, Digest> {
  if (root.kind === 'image')
    return Object.fromEntries(Object.keys(platforms).map((platform) => [platform, root.digest]));
  return Object.fromEntries(
    root.manifests.flatMap(({ platform, digest }) =>
      platform === undefined ? [] : [[formatPlatform(platform), digest]],
    ),
  );
}

function row({ built, location, root, adopted, graph, moves }: PlannedImage): Content[] {
  const bytes = (present: boolean) =>
    graph.blobs
      .filter((blob) => blob.present === present)
      .reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return [
    built.name,
    code(labelOf(location)),
    md`${code(shortDigest(root.digest))}${adopted ? ' (adopted)' : ''}`,
    listTags(moves),
    formatBytes(bytes(false)),
    formatBytes(bytes(true)),
  ];
}

function annotateAdoption({ built, root, adopted }: PlannedImage): Annotation[] {
  if (!adopted) return [];
  const message = `${built.name}: ${root.digest} was published before, built from the same, and counts instead of ${built.digest}.`;
  return [{ level: 'notice', message }];
}

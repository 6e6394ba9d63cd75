import type { Annotation, Report } from '@towpath/flow';
import { annotateTags, labelOf, listTags } from '@towpath/project';
import { formatReference, shortDigest } from '@towpath/reference';
import {
  code,
  formatBytes,
  formatCount,
  formatDuration,
  heading,
  page,
  table,
  type Content,
} from '@towpath/report';
import type { PromoteResult } from './execute.ts';
import type { PlannedImage, PromotePlan } from './plan.ts';

export function report(
  { version, source, target, images, absent }: PromotePlan,
  { milliseconds }: PromoteResult,
): Report {
  return {
    outputs: outputs(images),
    annotations: [
      ...absent.map((name) => annotateAbsent(name, version)),
      ...images.flatMap((image) => annotateTags(image.image.name, image)),
    ],
    summary: page(
      heading(3, `Promoted ${version} from ${source} to ${target}: ${formatCount(images.length, 'image')}`),
      table(['Image', 'Digest', 'To', 'Tags', 'Copied'], images.map(row)),
      images.some(isChanged)
        ? `In ${formatDuration(milliseconds)}.`
        : 'Everything was there already: nothing was written.',
    ),
  };
}

function isChanged({ graph, moves }: PlannedImage): boolean {
  return (
    graph?.manifests.some(({ present }) => !present) === true ||
    moves.some(({ action }) => action !== 'there')
  );
}

function outputs(images: readonly PlannedImage[]): Record<string, string> {
  const promoted = images.map(({ image, root, target: { registry, repository }, moves }) => ({
    name: image.name,
    registry: registry.host,
    repository,
    digest: root.digest,
    tags: moves.map(({ tag }) => tag),
    image: formatReference({ host: registry.host, repository, digest: root.digest }),
  }));
  const [only] = promoted.length === 1 ? promoted : [];
  return {
    images: JSON.stringify(promoted),
    image: only?.image ?? '',
    digest: only?.digest ?? '',
    tags: only?.tags.join('\n') ?? '',
    repository: only?.repository ?? '',
    registry: only?.registry ?? '',
  };
}

function row({ image, root, target, graph, moves }: PlannedImage): Content[] {
  const copied = graph?.blobs.filter(({ present }) => !present) ?? [];
  const bytes = copied.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
  return [
    image.name,
    code(shortDigest(root.digest)),
    code(labelOf(target)),
    listTags(moves),
    graph === undefined ? 'nothing: same repository' : formatBytes(bytes),
  ];
}

function annotateAbsent(name: string, version: string): Annotation {
  const message = `${name} is not part of ${version}, as far as tags tell: there is no image of this version, and nothing was promoted.`;
  return { level: 'warning', message };
}

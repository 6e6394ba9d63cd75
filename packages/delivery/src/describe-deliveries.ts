import type { PlannedStep } from '@towpath/flow';
import {
  code,
  formatBytes,
  formatCount,
  formatDuration,
  md,
  table,
  type Content,
  type Markdown,
} from '@towpath/markdown';
import type { Graph, Transfer } from '@towpath/oci';
import { formatReference, labelOf, registryUri } from '@towpath/reference';
import type { DeliveryResult } from './deliver.ts';
import type { Delivery } from './delivery.ts';
import { explainContent } from './explain-content.ts';
import { describeTag, joinTags } from './tag-moves.ts';

/** Returns the steps of a delivery for the plan. Tags come after all content. */
export function describeDeliveries(deliveries: readonly Delivery[]): readonly PlannedStep[] {
  return [
    ...deliveries.flatMap((delivery) => describeContent(delivery, deliveries)),
    ...deliveries.flatMap(({ moves, root, location }) =>
      moves.map((move) => describeTag(move, root, location)),
    ),
    ...deliveries.flatMap(describeCheck),
  ];
}

function describeCheck({ location, check }: Delivery): PlannedStep[] {
  return (check?.stale ?? []).map((alias) => ({
    what: `move ${labelOf(location)}:${alias} to the highest version`,
    why: 'it names an older one',
  }));
}

function describeContent(delivery: Delivery, all: readonly Delivery[]): PlannedStep[] {
  return [...describeImage(delivery, all), ...describeAttachments(delivery)];
}

function describeAttachments({ name, location, attachments }: Delivery): PlannedStep[] {
  const { list = [], tags = [] } = attachments ?? {};
  const why = {
    put: 'the tag is new',
    there: 'nothing is missing',
    join: 'it has other attachments, which stay',
    locked: 'it is immutable',
    apart: 'it has other signatures, which stay',
  };
  return [
    ...(list.length === 0
      ? []
      : [
          {
            what: `bring ${formatCount(list.length, 'attachment')} of ${name} to ${labelOf(location)}`,
            why: 'they belong to the image',
          },
        ]),
    ...tags.map(({ tag, action }) => ({
      what: `${action === 'put' ? 'tag' : action === 'join' ? 'add to' : 'keep'} ${labelOf(location)}:${tag}`,
      why: why[action],
    })),
  ];
}

function describeImage(delivery: Delivery, all: readonly Delivery[]): PlannedStep[] {
  const { name, root, location, content } = delivery;
  if (content === undefined) return [];
  const { blobs, manifests } = content.graph;
  const label = labelOf(location);
  const missing = blobs.filter(({ present }) => !present);
  const lacking = manifests.filter(({ present }) => !present);
  if (lacking.length === 0)
    return [{ what: `keep ${root.digest} in ${label} for ${name}`, why: 'nothing is missing' }];
  const { source } = content;
  const from = source.kind === 'repository' ? labelOf(source) : undefined;
  const there = `${blobs.length - missing.length} of ${formatCount(blobs.length, 'blob')} exist there`;
  return [
    {
      what: `${from === undefined ? 'upload' : 'copy'} ${formatCount(missing.length, 'blob')} (${formatBytes(bytesOf(missing))}) and ${formatCount(lacking.length, 'manifest')} of ${name} ${from === undefined ? '' : `from ${from} `}to ${label}`,
      why: [there, ...explainContent(delivery, all)].join('; '),
    },
  ];
}

/** Returns the outputs about the delivered images. Outputs for a single image are empty if there are several. */
export function deliveryOutputs(deliveries: readonly Delivery[]): Record<string, string> {
  const delivered = deliveries.map(
    ({ name, location: { registry, repository }, root, moves, platforms }) => ({
      name,
      registry: registryUri(registry),
      repository,
      digest: root.digest,
      tags: moves.map(({ tag }) => tag),
      image: formatReference({ host: registryUri(registry), repository, digest: root.digest }),
      platforms,
    }),
  );
  const [only] = delivered.length === 1 ? delivered : [];
  return {
    images: JSON.stringify(delivered),
    image: only?.image ?? '',
    digest: only?.digest ?? '',
    tags: only?.tags.join('\n') ?? '',
    repository: only?.repository ?? '',
    registry: only?.registry ?? '',
    digests: JSON.stringify(
      Object.fromEntries(delivered.map(({ name, repository, digest }) => [name, `${repository}@${digest}`])),
    ),
  };
}

/** Returns the summary table, with one row per image. */
export function deliveryTable(deliveries: readonly Delivery[], { transfers }: DeliveryResult): Markdown {
  return table(
    ['Image', 'Repository', 'Digest', 'Size', 'Tags', 'Sent', 'Reused', 'Time'],
    deliveries.map((delivery) => row(delivery, transfers.get(delivery))),
  );
}

function row({ name, location, root, content, moves }: Delivery, transfer: Transfer | undefined): Content[] {
  const size = content === undefined ? undefined : bytesOf(content.graph.blobs);
  const sent = transfer?.uploaded ?? 0;
  return [
    name,
    code(labelOf(location)),
    code(root.digest),
    size === undefined ? '' : formatBytes(size),
    joinTags(moves),
    formatBytes(sent),
    size === undefined ? 'all of it' : formatBytes(size - sent),
    transfer === undefined ? '' : formatDuration(transfer.milliseconds),
  ];
}

/** Returns the duration of the delivery, or says that there was nothing to do. */
export function describeEnd({ milliseconds }: DeliveryResult, isChanged: boolean): Content {
  return isChanged
    ? md`In ${formatDuration(milliseconds)}.`
    : 'Everything was there already: nothing was written.';
}

function bytesOf(blobs: Graph['blobs']): number {
  return blobs.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
}

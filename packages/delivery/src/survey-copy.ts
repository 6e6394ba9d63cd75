import { waitForAll } from '@towpath/concurrency';
import { attachmentSource, findImages, imagePresence, type Repository } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Runtime } from '@towpath/flow';
import {
  findAttachments,
  knownSource,
  readManifests,
  requireStored,
  surveyGraph,
  type Attachments,
  type Graph,
  type Manifest,
  type SetLimits,
} from '@towpath/oci';
import { labelOf, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { planAttachments, replacedManifests, withTags, type DeliveredAttachments } from './attachments.ts';
import { awaitReplication } from './await-replication.ts';
import type { Delivery } from './delivery.ts';

/** An image of one repository that is copied to another. */
export interface SurveyedCopy {
  /** The name of the image, for messages. */
  readonly name: string;
  readonly root: Manifest;
  readonly source: RepositoryRef;
  readonly target: RepositoryRef;
  /** The settings of the target. */
  readonly settings: Repository;
  /** Tags of the target to read too. */
  readonly tags: readonly string[];
  /** Whether signatures, SBOMs and other attachments are copied too. */
  readonly withAttachments: boolean;
  /** `replication`: ECR copies the image, and this waits for it. */
  readonly via: 'copy' | 'replication';
  /** The limits for all images of the step. */
  readonly limits: SetLimits;
}

/** What a target has of an image, and what it lacks. */
export interface CopyState {
  readonly content: NonNullable<Delivery['content']>;
  /** Undefined if attachments are not copied. */
  readonly attachments: DeliveredAttachments | undefined;
  /** The images that the tags point at. */
  readonly holders: ReadonlyMap<string, Manifest>;
}

const noAttachments: Attachments = { list: [], manifests: [] };

/**
 * Reads an image and its attachments in the source, and what the target lacks of them. The target is read in one
 * request for its images and tags, one for its attachments, and one for its layers.
 *
 * @throws CodedError `image-unsupported`, `image-missing` if a part or an attachment cannot be read, …
 */
export async function surveyCopy(
  { name, root, source, target, settings, tags, withAttachments, via, limits }: SurveyedCopy,
  session: Session,
  runtime: Pick<Runtime, 'clock' | 'log' | 'signal'>,
): Promise<CopyState> {
  const reader = knownSource(session.reader(source.registry, source.repository), [root]);
  const image = await readManifests(reader, root, name, { set: limits });
  const ecr = session.ecr(target.registry);
  const find = (keys: readonly string[]) => findImages(ecr, target.repository, keys);
  const own = [...tags, ...image.map(({ digest }) => digest)];
  const listed = attachmentSource(session.ecr(source.registry), source.repository, reader);
  const [attached, before] = await waitForAll([
    withAttachments ? findAttachments(listed, image, name, limits) : noAttachments,
    // What a replication brings is read after it.
    via === 'replication' ? new Map<string, Manifest>() : find(own),
  ]);
  const manifests = [...image, ...attached.manifests];
  requireStored(name, image);
  requireStored(
    name,
    attached.manifests,
    `The manifest is attached to the image in ${labelOf(source)}. Find out who attached it, and delete it. To leave out all signatures, SBOMs and other attachments, set attestations: skip.`,
  );
  const digests = manifests.map(({ digest }) => digest);
  if (via === 'replication') await awaitReplication({ name, digests, source, target }, session, runtime);
  const others = [
    ...(via === 'replication' ? own : []),
    ...attached.manifests.map(({ digest }) => digest),
    ...attached.list.flatMap(({ tag }) => tag ?? []),
  ];
  const holders = new Map([...before, ...(await find(others))]);
  const presence = imagePresence(ecr, target.repository);
  const planned = planAttachments(attached, holders, settings);
  const replaced = replacedManifests(planned, holders);
  const needed = manifests.filter(({ digest }) => !replaced.has(digest));
  const graph = await surveyGraph(needed, {
    manifests: (requested) => Promise.resolve(new Set(requested.filter((digest) => holders.has(digest)))),
    blobs: (digests) => {
      session.logInAhead(target.registry);
      session.logInAhead(source.registry);
      return presence.blobs(digests);
    },
  });
  if (via === 'replication') requireReplicated(name, target, graph);
  return {
    content: { source: { kind: 'repository', ...source }, graph: withTags(graph, planned) },
    attachments: withAttachments ? planned : undefined,
    holders,
  };
}

/** @throws CodedError `replication-failed` if ECR reported a complete replication, but the target lacks a manifest */
function requireReplicated(name: string, target: RepositoryRef, { manifests }: Graph): void {
  const lacking = manifests.filter(({ present }) => !present).map(({ manifest }) => manifest.digest);
  if (lacking.length === 0) return;
  throw new CodedError(
    'replication-failed',
    `ECR reports that image ${name} was replicated, but ${labelOf(target)} does not have ${lacking.join(', ')}.`,
    {
      hint: 'A lifecycle rule or a job may have deleted it there. Publish the image again, or set via: copy for the environment.',
    },
  );
}

import { forAll } from '@towpath/concurrency';
import type { TagMove } from '@towpath/delivery';
import { findImages, listTags, tagImage } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import type { Journal, Runtime } from '@towpath/flow';
import { entryTag, type EnvironmentEntry } from '@towpath/ledger';
import type { Manifest } from '@towpath/oci';
import { labelOf, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { haveAliases, renderTags, type Facts, type TagTemplate } from '@towpath/tags';
import { unknownVersion } from './adopt.ts';

/** An image that a run does not deliver, with the moving tags that do not name it, although the last entry lists it. */
export interface StaleTags {
  readonly name: string;
  readonly root: Manifest;
  readonly location: RepositoryRef;
  readonly moves: readonly TagMove[];
}

/** How the moving tags of an environment are rendered. */
export interface MovingTags {
  readonly templates: readonly TagTemplate[];
  readonly facts: Facts;
}

/**
 * Finds the moving tags that an earlier run did not set, because it was stopped between its entry and its last tag. One
 * request reads the tags of an image.
 *
 * @param images the images of the entry that this run does not deliver
 * @param registry the registry of the environment
 */
export async function findStaleTags(
  { environment, number, kind }: Pick<EnvironmentEntry, 'environment' | 'number' | 'kind'>,
  images: EnvironmentEntry['images'],
  registry: RepositoryRef['registry'],
  tags: MovingTags,
  session: Session,
  { log }: Pick<Runtime, 'log'>,
): Promise<readonly StaleTags[]> {
  const found = await forAll(images, async (image) => {
    const location = { registry, repository: image.repository };
    try {
      return await readTags(image, location, kind, tags, session);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (error.code === 'repository-missing') return [];
      // A role for some images may not read the others.
      if (error.code !== 'access-denied') throw error;
      const message = `It is unknown whether the moving tags of ${image.name} name the image of entry ${entryTag(environment, number)}: this role may not read ${labelOf(location)}.`;
      log.annotate({ level: 'notice', message });
      return [];
    }
  });
  return found.flat();
}

async function readTags(
  { name, repository, digest, version }: EnvironmentEntry['images'][number],
  location: RepositoryRef,
  kind: EnvironmentEntry['kind'],
  { templates, facts }: MovingTags,
  session: Session,
): Promise<readonly StaleTags[]> {
  // The tags of an adopted image without a version were not set by a promotion.
  if (version === unknownVersion) return [];
  const ecr = session.ecr(location.registry);
  // A rollback takes aliases such as `latest` with it, although a higher version exists.
  const isRanked = kind !== 'rollback' && haveAliases(templates);
  const taken = isRanked ? await listTags(ecr, repository) : [];
  const { moving } = renderTags(templates, { ...facts, image: name, version }, taken);
  if (moving.length === 0) return [];
  const holders = await findImages(ecr, repository, [digest, ...moving]);
  const root = holders.get(digest);
  if (root === undefined) return [];
  const moves = moving.flatMap((tag): TagMove[] => {
    const before = holders.get(tag)?.digest;
    if (before === digest) return [];
    return [
      { tag, isMoving: true, ...(before === undefined ? { action: 'put' } : { action: 'move', before }) },
    ];
  });
  return moves.length === 0 ? [] : [{ name, root, location, moves }];
}

/** Sets stale tags to the images of the entry. A tag that cannot move is only reported: it blocks no other image. */
export async function setStaleTags(
  stale: readonly StaleTags[],
  session: Session,
  { log }: Pick<Runtime, 'log'>,
  journal: Journal,
): Promise<void> {
  await forAll(stale, async ({ name, root, location: { registry, repository }, moves }) => {
    for (const { tag } of moves) {
      const label = `${labelOf({ registry, repository })}:${tag}`;
      try {
        await tagImage(session.ecr(registry), repository, root, tag, true);
        journal.wrote(`${label} names ${root.digest}`);
      } catch (error) {
        if (!(error instanceof CodedError) || !['access-denied', 'tag-conflict'].includes(error.code))
          throw error;
        const message = `The tag ${label} of ${name} does not name ${root.digest}, which the ledger lists, and could not be moved. ${error.message}`;
        log.annotate({ level: 'warning', message });
      }
    }
  });
}

import { isTagLocked, tagImage, type Repository } from '@towpath/ecr';
import type { Problem } from '@towpath/errors';
import type { Annotation, Journal, PlannedStep } from '@towpath/flow';
import type { Manifest } from '@towpath/oci';
import { shortDigest, type Digest } from '@towpath/reference';
import type { Location, SkippedTemplate } from './places.ts';

/** What becomes of one tag. */
export interface TagMove {
  readonly tag: string;
  /** `there`: it names the image already. `move`: it names another one now, and may change. */
  readonly action: 'put' | 'there' | 'move';
  /** What it names now. */
  readonly before?: Digest;
}

/** Plans what becomes of each tag when it shall name an image. */
export function planTags(
  tags: readonly string[],
  root: Manifest,
  {
    settings,
    holders,
    location,
  }: { settings: Repository; holders: ReadonlyMap<string, Manifest>; location: Location },
): { readonly moves: readonly TagMove[]; readonly conflicts: readonly Problem[] } {
  const moves = tags.map((tag): TagMove => {
    const before = holders.get(tag)?.digest;
    if (before === undefined) return { tag, action: 'put' };
    return { tag, action: before === root.digest ? 'there' : 'move', before };
  });
  const conflicts = moves
    .filter(({ tag, action }) => action === 'move' && isTagLocked(tag, settings))
    .map(({ tag, before }): Problem => {
      return {
        code: 'tag-conflict',
        message: `Tag ${tag} of ${labelOf(location)} is immutable and names ${before ?? ''}: it cannot name ${root.digest}.`,
        hint: 'Use another version: what was delivered under this one stays what it is.',
      };
    });
  return { moves, conflicts };
}

/** A line of a plan. */
export function describeTag(
  { tag, action, before }: TagMove,
  root: Manifest,
  location: Location,
): PlannedStep {
  const what = `${labelOf(location)}:${tag} → ${shortDigest(root.digest)}`;
  switch (action) {
    case 'put':
      return { what: `tag ${what}`, why: 'nothing has this tag' };
    case 'there':
      return { what: `keep ${what}`, why: 'it names this image already' };
    case 'move':
      return {
        what: `move ${what}`,
        why: `it names ${before === undefined ? '' : shortDigest(before)}, and may change`,
      };
  }
}

/** Sets the tags; the digest that ECR gives back is compared. */
export async function moveTags(
  moves: readonly TagMove[],
  root: Manifest,
  location: Location,
  journal: Journal,
): Promise<void> {
  for (const { tag, action } of moves) {
    if (action === 'there') continue;
    await tagImage(location.registry, location.repository, root, tag);
    journal.wrote(`${labelOf(location)}:${tag} names ${root.digest}`);
  }
}

/** What a person should know of the tags beside the table. */
export function annotateTags(
  name: string,
  { moves, skipped }: { moves: readonly TagMove[]; skipped: readonly SkippedTemplate[] },
): Annotation[] {
  const moved = moves
    .filter(({ action }) => action === 'move')
    .map(({ tag, before }): Annotation => {
      return { level: 'warning', message: `${name}: tag ${tag} named ${before ?? ''} before and was moved.` };
    });
  const left = skipped.map(({ template, absent }): Annotation => {
    return {
      level: 'notice',
      message: `${name} gets no tag from ${template}: ${absent.join(', ')} is not known here.`,
    };
  });
  return [...moved, ...left];
}

/** The tags in one cell of a summary's table. */
export function listTags(moves: readonly TagMove[]): string {
  const remarks = { put: '', there: ' (there already)', move: ' (moved)' };
  return moves.map(({ tag, action }) => `${tag}${remarks[action]}`).join(', ');
}

/** `host/repository`. */
export function labelOf({ registry, repository }: Location): string {
  return `${registry.host}/${repository}`;
}

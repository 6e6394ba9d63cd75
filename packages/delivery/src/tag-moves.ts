import { exceptTagsCommand, isTagLocked, tagImage, type Repository } from '@towpath/ecr';
import type { Problem } from '@towpath/errors';
import type { Annotation, Journal, PlannedStep } from '@towpath/flow';
import type { Manifest } from '@towpath/oci';
import type { ImageTags } from '@towpath/project';
import { labelOf, type Digest, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { aliasTargets, type RenderedTags, type SkippedTemplate } from '@towpath/tags';
import type { AliasCheck } from './follow-aliases.ts';

/** What becomes of one tag. */
export interface TagMove {
  readonly tag: string;
  /** `there`: it names the image already. `move`: it names another one now, and may change. */
  readonly action: 'put' | 'there' | 'move';
  /** What it names now. */
  readonly before?: Digest;
  /** Whether it is to name another image with the next version: it is set after the others. */
  readonly isMoving: boolean;
}

/** What decides whether a tag may change. */
export interface TagRules {
  readonly location: RepositoryRef;
  readonly settings: Pick<Repository, 'mutability' | 'exclusions'>;
  readonly rendered: Pick<RenderedTags, 'moving' | 'versioned'>;
  /** Whether tags that hold the version may change too, because the input `move-version-tags` says so. */
  readonly movesVersions: boolean;
}

/** What the tags of an image are decided by. */
export interface TagFacts extends Pick<TagRules, 'settings' | 'location' | 'movesVersions'> {
  /** What the tags name now. */
  readonly holders: ReadonlyMap<string, Manifest>;
  /** What is known of how an image came to be there: a sentence, for the message of a conflict. */
  readonly origin?: (digest: Digest) => string | undefined;
  /** How to go on when a tag names another image: sentences, for the hint of a conflict. */
  readonly advice?: string;
}

/**
 * Why a tag can never name another image: the settings of its repository, or a rule of ours. A tag that holds the
 * version names one image for good, in every repository. A public registry lets all tags move: there every tag stays
 * that does not move with each version.
 */
export type TagLock = 'repository' | 'version' | 'public';

/** Returns what keeps a tag from changing, or undefined. */
export function tagLock(
  tag: string,
  { location, settings, rendered, movesVersions }: TagRules,
): TagLock | undefined {
  const isPublic = location.registry.kind === 'public';
  if (!isPublic && isTagLocked(tag, settings)) return 'repository';
  if (rendered.versioned.includes(tag)) return movesVersions ? undefined : 'version';
  return isPublic && !rendered.moving.includes(tag) ? 'public' : undefined;
}

/** Plans what becomes of each tag when it shall name an image. */
export function planTags(
  rendered: Omit<ImageTags, 'skipped'>,
  root: Manifest,
  facts: TagFacts,
): {
  readonly moves: readonly TagMove[];
  readonly conflicts: readonly Problem[];
  readonly check?: AliasCheck;
} {
  const { holders } = facts;
  const moves = rendered.tags.map((tag): TagMove => {
    const before = holders.get(tag)?.digest;
    const isMoving = rendered.moving.includes(tag);
    if (before === undefined) return { tag, action: 'put', isMoving };
    return { tag, action: before === root.digest ? 'there' : 'move', before, isMoving };
  });
  const conflicts = moves.flatMap((move): Problem[] => {
    const lock = tagLock(move.tag, { ...facts, rendered });
    if (lock === 'repository' && rendered.moving.includes(move.tag)) return [stuck(move, facts)];
    return lock !== undefined && move.action === 'move' ? [taken(move, root, lock, facts)] : [];
  });
  return { moves, conflicts, check: checkAliases(rendered, moves, root, facts) };
}

/**
 * Returns the aliases to compare with the versions that exist when all tags are set: those that are set, and those
 * that name this image though a higher version exists, because a run ended before it had compared them.
 */
function checkAliases(
  rendered: Omit<ImageTags, 'skipped'>,
  moves: readonly TagMove[],
  root: Manifest,
  facts: TagFacts,
): AliasCheck | undefined {
  const { aliases: rules, tags, outranked } = rendered;
  if (rules === undefined) return undefined;
  const known = aliasTargets(rules.templates, rules.facts, tags);
  const set = moves.filter(({ tag, action }) => action !== 'there' && known.has(tag)).map(({ tag }) => tag);
  const stale = outranked.filter(
    (tag) =>
      facts.holders.get(tag)?.digest === root.digest && tagLock(tag, { ...facts, rendered }) === undefined,
  );
  return set.length + stale.length === 0 ? undefined : { rules, aliases: [...set, ...stale], stale };
}

const whyLocked: Readonly<Record<TagLock, string>> = {
  repository: 'is immutable',
  version: 'holds the version',
  public: 'does not move',
};

function taken(
  { tag, before }: TagMove,
  root: Manifest,
  lock: TagLock,
  { location, origin, advice = 'Use another version.' }: TagFacts,
): Problem {
  const told = before === undefined ? undefined : origin?.(before);
  const anyway = lock === 'version' ? ' To move the tag anyway, set move-version-tags: true.' : '';
  return {
    code: 'tag-conflict',
    message: `Tag ${tag} of ${labelOf(location)} ${whyLocked[lock]} and names ${before ?? ''}: it cannot name ${root.digest}.${told === undefined ? '' : ` ${told}`}`,
    hint: `${advice}${anyway}`,
  };
}

/** Set once, the tag would be in the way of the next version. */
function stuck({ tag }: TagMove, { location, settings }: TagFacts): Problem {
  return {
    code: 'tag-conflict',
    message: `Tag ${tag} must move with every version, but it is immutable in the repository ${labelOf(location)}.`,
    hint: `Remove ${tag} from the tags, or let it move. ${howToMove(tag, location, settings)}`,
  };
}

function howToMove(
  tag: string,
  { registry, repository }: RepositoryRef,
  { mutability, exclusions }: TagFacts['settings'],
): string {
  const isExcluded = mutability === 'MUTABLE_WITH_EXCLUSION';
  if (registry.kind === 'public' || isExcluded)
    return `In the repository, remove the exclusion filter that covers ${tag}.`;
  const command = exceptTagsCommand(registry, repository, [...new Set([...exclusions, tag])]);
  return `For a repository that does not exist yet, add it to repositories.except in towpath.yaml. For an existing one, run: ${command}`;
}

/** A line of a plan. */
export function describeTag(
  { tag, action, before }: TagMove,
  root: Manifest,
  location: RepositoryRef,
): PlannedStep {
  const what = `${labelOf(location)}:${tag} → ${root.digest}`;
  switch (action) {
    case 'put':
      return { what: `tag ${what}`, why: 'nothing has this tag' };
    case 'there':
      return { what: `keep ${what}`, why: 'it names this image already' };
    case 'move':
      return {
        what: `move ${what}`,
        why: `it names ${before ?? ''}, and may change`,
      };
  }
}

/** Sets the tags; the digest that ECR gives back is compared. */
export async function moveTags(
  moves: readonly TagMove[],
  root: Manifest,
  location: RepositoryRef,
  session: Session,
  journal: Journal,
): Promise<void> {
  for (const { tag, action, isMoving } of moves) {
    if (action === 'there') continue;
    await tagImage(
      session.ecr(location.registry),
      location.repository,
      root,
      tag,
      isMoving || action === 'move',
    );
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
  const left = skipped.map(({ template, reason }): Annotation => {
    return { level: 'notice', message: `${name} gets no tag from ${template}: ${reason}.` };
  });
  return [...moved, ...left];
}

/** The tags in one cell of a summary's table. */
export function joinTags(moves: readonly TagMove[]): string {
  const notes = { put: '', there: ' (there already)', move: ' (moved)' };
  return moves.map(({ tag, action }) => `${tag}${notes[action]}`).join(', ');
}

import { exceptTagsCommand, isTagLocked, tagImage, type Repository } from '@towpath/ecr';
import type { Problem } from '@towpath/errors';
import type { Annotation, Journal, PlannedStep } from '@towpath/flow';
import type { Manifest } from '@towpath/oci';
import type { ImageTags } from '@towpath/project';
import { labelOf, type Digest, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { aliasTargets, type AliasRules, type RenderedTags, type SkippedTemplate } from '@towpath/tags';

/** The planned change of one tag. */
export interface TagMove {
  readonly tag: string;
  /** `there`: the tag already points at the image. `move`: it points at another image, and may change. */
  readonly action: 'put' | 'there' | 'move';
  /** The image that it points at now. */
  readonly before?: Digest;
  /** Whether it moves with every version. Such tags are set after the others. */
  readonly isMoving: boolean;
}

/** Aliases such as `latest` of a delivery, which name the highest existing version. */
export interface AliasCheck {
  readonly rules: AliasRules;
  readonly aliases: readonly string[];
  /** The aliases that name the image of this delivery although a higher version exists. */
  readonly stale: readonly string[];
}

/** The settings that decide whether a tag may change. */
export interface TagRules {
  readonly location: RepositoryRef;
  readonly settings: Pick<Repository, 'mutability' | 'exclusions'>;
  readonly rendered: Pick<RenderedTags, 'moving' | 'versioned'>;
  /** Whether tags that contain the version may change too (input `move-version-tags`). */
  readonly movesVersions: boolean;
}

/** The facts that the tags of an image depend on. */
export interface TagFacts extends Pick<TagRules, 'settings' | 'location' | 'movesVersions'> {
  /** The images that the tags point at now. */
  readonly holders: ReadonlyMap<string, Manifest>;
  /** Returns a sentence about how an image was pushed, for the message of a conflict. */
  readonly origin?: (digest: Digest) => string | undefined;
  /** Sentences on how to resolve a conflict, for its hint. */
  readonly advice?: string;
}

/**
 * The reason why a tag cannot move to another image.
 *
 * - `repository`: the settings of the repository.
 * - `version`: the tag contains the version, so it never moves in any repository.
 * - `public`: in a public registry, where all tags are mutable, Towpath moves only tags that move with every version.
 */
export type TagLock = 'repository' | 'version' | 'public';

/** Returns the reason why a tag cannot change, or undefined. */
export function tagLock(
  tag: string,
  { location, settings, rendered, movesVersions }: TagRules,
): TagLock | undefined {
  const isPublic = location.registry.kind === 'public';
  if (!isPublic && isTagLocked(tag, settings)) return 'repository';
  if (rendered.versioned.includes(tag)) return movesVersions ? undefined : 'version';
  return isPublic && !rendered.moving.includes(tag) ? 'public' : undefined;
}

/** Plans the change of each tag that will point at an image. */
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
 * Returns the aliases to compare with the existing versions after all tags are set:
 *
 * - the aliases of this delivery
 * - aliases that point at this image although a higher version exists, because an earlier run ended before the
 * comparison
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
  const known = before === undefined ? undefined : origin?.(before);
  const anyway = lock === 'version' ? ' To move the tag anyway, set move-version-tags: true.' : '';
  return {
    code: 'tag-conflict',
    message: `Tag ${tag} of ${labelOf(location)} ${whyLocked[lock]} and names ${before ?? ''}: it cannot name ${root.digest}.${known === undefined ? '' : ` ${known}`}`,
    hint: `${advice}${anyway}`,
  };
}

/** Returns the problem of a moving tag that an immutable repository would block for the next version. */
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

/** Returns the line of a plan for a tag. */
export function describeTag(
  { tag, action, before }: TagMove,
  root: Manifest,
  location: RepositoryRef,
): PlannedStep {
  const what = `${labelOf(location)}:${tag} → ${root.digest}`;
  switch (action) {
    case 'put':
      return { what: `tag ${what}`, why: 'the tag is new' };
    case 'there':
      return { what: `keep ${what}`, why: 'it names this image already' };
    case 'move':
      return {
        what: `move ${what}`,
        why: `it names ${before ?? ''}, and may change`,
      };
  }
}

/** Sets the tags, and compares the digest that ECR returns. */
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

/** Returns the annotations about tags that need attention. A tag that moves with every version needs none. */
export function annotateTags(
  name: string,
  { moves, skipped }: { moves: readonly TagMove[]; skipped: readonly SkippedTemplate[] },
): Annotation[] {
  const moved = moves
    .filter(({ action, isMoving }) => action === 'move' && !isMoving)
    .map(({ tag, before }): Annotation => {
      return { level: 'warning', message: `${name}: tag ${tag} named ${before ?? ''} before and was moved.` };
    });
  const left = skipped.map(({ template, reason }): Annotation => {
    return { level: 'notice', message: `${name} gets no tag from ${template}: ${reason}.` };
  });
  return [...moved, ...left];
}

/** Returns the tags for one cell of the summary table. */
export function joinTags(moves: readonly TagMove[]): string {
  const notes = { put: '', there: ' (there already)', move: ' (moved)' };
  return moves.map(({ tag, action }) => `${tag}${notes[action]}`).join(', ');
}

import { aliasScope, highestTag, isMoving, versionFacts, versionsOf, whyNotMoved } from './aliases.ts';
import type { Facts } from './facts.ts';
import { renderTag, type TagTemplate } from './template.ts';

/** What the aliases of an image are made by: which tags they are, and which versions a repository has. */
export interface AliasRules {
  readonly templates: readonly TagTemplate[];
  readonly facts: Facts;
}

/** The tags that an image gets in one place. */
export interface RenderedTags {
  /** Each once. */
  readonly tags: readonly string[];
  /** Those of them that are to name another image with the next version, such as `latest`. */
  readonly moving: readonly string[];
  /** Those of them that hold the whole version: they name one image for good. */
  readonly versioned: readonly string[];
  /** Tags that are not set, because a higher version exists: they should name that. */
  readonly outranked: readonly string[];
  /** Templates that made no tag, and why. */
  readonly skipped: readonly SkippedTemplate[];
}

export interface SkippedTemplate {
  readonly template: string;
  readonly reason: string;
}

/** Whether some of the tags move from version to version, so that it must be known which versions there are. */
export function haveAliases(templates: readonly TagTemplate[]): boolean {
  return templates.some((template) => aliasScope(template) !== undefined);
}

/**
 * The tags that templates make of the facts.
 *
 * @param taken the tags that the repository has; they count only where {@link haveAliases}
 */
export function renderTags(
  templates: readonly TagTemplate[],
  facts: Facts,
  taken: readonly string[],
): RenderedTags {
  const others = versionsOf(taken, templates, facts)?.map(({ version }) => version);
  const rendered = templates.map((template) => ({
    template: template.source,
    isMoving: isMoving(template),
    holdsVersion: holdsVersion(template),
    ...renderOne(template, facts, others),
  }));
  return {
    tags: [...new Set(rendered.flatMap((one) => ('tag' in one ? [one.tag] : [])))],
    moving: rendered.flatMap((one) => ('tag' in one && one.isMoving ? [one.tag] : [])),
    versioned: rendered.flatMap((one) => ('tag' in one && one.holdsVersion ? [one.tag] : [])),
    outranked: rendered.flatMap((one) => ('outranked' in one ? (one.outranked ?? []) : [])),
    skipped: rendered.flatMap((one) =>
      'reason' in one ? [{ template: one.template, reason: one.reason }] : [],
    ),
  };
}

/**
 * The tag that a version can be found by, later and in another run: the first that holds the version, and beside it
 * nothing but what is known then. Undefined when no template makes such a tag.
 */
export function renderVersionTag(templates: readonly TagTemplate[], facts: Facts): string | undefined {
  return templates
    .filter(({ parts }) => parts.some((part) => typeof part === 'object' && part.fact === 'version'))
    .map((template) => renderTag(template, facts))
    .find((rendered) => 'tag' in rendered)?.tag;
}

/**
 * Returns which tag of a repository each alias should have the image of: the tag of the highest version in its scope.
 *
 * @param taken the tags that the repository has
 * @returns by the alias; an alias for which no version is found is not in it
 */
export function aliasTargets(
  templates: readonly TagTemplate[],
  facts: Facts,
  taken: readonly string[],
): ReadonlyMap<string, string> {
  const tagged = versionsOf(taken, templates, facts) ?? [];
  const targets = templates.flatMap((template): (readonly [string, string])[] => {
    const scope = aliasScope(template);
    const alias = renderTag(template, { ...facts, ...versionFacts(facts.version) });
    const target = scope && highestTag(scope, facts.version, tagged);
    return target === undefined || !('tag' in alias) ? [] : [[alias.tag, target]];
  });
  return new Map(targets);
}

function renderOne(
  template: TagTemplate,
  facts: Facts,
  others: readonly string[] | undefined,
): { tag: string } | { reason: string; outranked?: string } {
  const scope = aliasScope(template);
  const reason = scope === undefined ? undefined : whyNotMoved(scope, facts.version, others);
  const rendered = renderTag(template, { ...facts, ...versionFacts(facts.version) });
  if (reason !== undefined) return { reason, ...('tag' in rendered && { outranked: rendered.tag }) };
  return 'tag' in rendered ? rendered : { reason: `${rendered.absent.join(', ')} is not known here` };
}

function holdsVersion({ parts }: TagTemplate): boolean {
  return parts.some(
    (part) => typeof part === 'object' && part.fact === 'version' && part.length === undefined,
  );
}

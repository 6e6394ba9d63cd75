import { aliasScope, highestTag, isMoving, versionFacts, versionsOf, whyNotMoved } from './aliases.ts';
import type { Facts } from './facts.ts';
import { renderTag, type TagTemplate } from './template.ts';

/** The aliases of an image, and the versions in its repository. */
export interface AliasRules {
  readonly templates: readonly TagTemplate[];
  readonly facts: Facts;
}

/** The tags of an image in one environment. */
export interface RenderedTags {
  /** Without duplicates. */
  readonly tags: readonly string[];
  /** The tags that move to another image with the next version, such as `latest`. */
  readonly moving: readonly string[];
  /** The tags that contain the whole version. They never move. */
  readonly versioned: readonly string[];
  /** Aliases that are not set, because a higher version exists. */
  readonly outranked: readonly string[];
  /** Templates that produced no tag, with the reason. */
  readonly skipped: readonly SkippedTemplate[];
}

export interface SkippedTemplate {
  readonly template: string;
  readonly reason: string;
}

/** Returns whether any of the tags are aliases. If so, the existing versions must be known. */
export function haveAliases(templates: readonly TagTemplate[]): boolean {
  return templates.some((template) => aliasScope(template) !== undefined);
}

/**
 * Renders the tags of templates from the facts.
 *
 * @param taken the tags that the repository has; only used if {@link haveAliases}
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
 * Returns the tag by which later runs can find a version: the first that contains the version and otherwise
 * only facts that are known then. Returns undefined if no template makes such a tag.
 */
export function renderVersionTag(templates: readonly TagTemplate[], facts: Facts): string | undefined {
  return templates
    .filter(({ parts }) => parts.some((part) => typeof part === 'object' && part.fact === 'version'))
    .map((template) => renderTag(template, facts))
    .find((rendered) => 'tag' in rendered)?.tag;
}

/**
 * Returns which tag of a repository each alias should have the image of: the tag of the highest version in
 * its scope.
 *
 * @param taken the tags that the repository has
 * @returns keyed by alias, without the aliases for which no version is found
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

import { conventionalProtection, isLedger, mergeSettings, type Config } from '@towpath/config';
import { matchesPattern } from '@towpath/lifecycle';
import { isUnder } from './registry/templates.ts';
import type { PrivateRegistryRef, Target } from './targets.ts';

/** Repositories that no image of the configuration uses, but a pattern or a template. */
export interface Matching {
  readonly targets: readonly Target[];
  /** Patterns that match no repository. */
  readonly unused: readonly string[];
}

/**
 * Finds the repositories of a registry for the patterns of `repositories.matching` and for templates with
 * `apply-to-existing`. Ledgers are left out, because their settings are fixed.
 *
 * @param names all repositories of the registry
 * @param known those that images of the configuration use
 */
export function matchingTargets(
  config: Config,
  registry: PrivateRegistryRef,
  names: readonly string[],
  known: ReadonlySet<string>,
): Matching {
  const { common, matching, remove, registry: settings } = config.repositories;
  const templates = settings?.templates ?? [];
  const prefixes = templates.map(({ prefix }) => prefix);
  const patterns = Object.entries(matching);
  const protection = conventionalProtection(config);
  const targets = names
    .filter((name) => !known.has(name) && !isLedger(name) && !remove.includes(name))
    .flatMap((name): Target[] => {
      const own = patterns.filter(([pattern]) => matchesPattern(pattern, name)).map(([, written]) => written);
      const layers = [
        ...templates
          .filter(({ prefix, applyToExisting }) => applyToExisting && isUnder(prefix, prefixes)(name))
          .map((template) => template.settings),
        ...(own.length > 0 ? [common, ...own] : []),
      ];
      if (layers.length === 0) return [];
      return [{ registry, repository: name, uses: [], written: mergeSettings(layers), protection }];
    });
  const unused = patterns
    .filter(([pattern]) => !names.some((name) => matchesPattern(pattern, name)))
    .map(([pattern]) => pattern);
  return { targets, unused };
}

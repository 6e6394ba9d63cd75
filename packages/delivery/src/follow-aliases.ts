import { findImages, listTags, tagImage } from '@towpath/ecr';
import type { Journal, Runtime } from '@towpath/flow';
import { labelOf } from '@towpath/reference';
import { aliasTargets } from '@towpath/tags';
import type { Delivery } from './delivery.ts';
import type { Session } from '@towpath/session';

/** Each round handles a version that was published during the previous round. */
const maxRounds = 20;

/**
 * Sets the aliases of a delivery to the highest existing version. Another run may have published a higher version, and
 * set the aliases, since the plan was made: then they stay with that version.
 *
 * Every run sets its version tag before its aliases, and reads the tags before and after each alias that it sets.
 * Therefore the run that sets an alias last sees all versions.
 */
export async function followAliases(
  { name, root, location, check, moves }: Delivery,
  session: Session,
  { log }: Pick<Runtime, 'log'>,
  journal: Journal,
): Promise<void> {
  if (check === undefined) return;
  const { repository } = location;
  const registry = session.ecr(location.registry);
  const own = new Set(moves.map(({ tag }) => tag));
  const named = new Map(check.stale.map((alias) => [alias, root.digest]));
  for (let round = 0; round < maxRounds; round += 1) {
    const { templates, facts } = check.rules;
    const tags = own.union(new Set(await listTags(registry, repository)));
    const targets = aliasTargets(templates, facts, [...tags]);
    const others = check.aliases.flatMap((alias) => targets.get(alias) ?? []).filter((tag) => !own.has(tag));
    const keys = others.length === 0 ? [] : [...others, ...check.aliases];
    const found = await findImages(registry, repository, keys);
    let isSettled = true;
    for (const alias of check.aliases) {
      const target = targets.get(alias) ?? '';
      const image = own.has(target) ? root : found.get(target);
      const current = found.get(alias)?.digest ?? named.get(alias);
      if (image === undefined || image.digest === current) continue;
      await tagImage(registry, repository, image, alias, true);
      named.set(alias, image.digest);
      journal.wrote(`${labelOf(location)}:${alias} names ${image.digest}`);
      if (image !== root)
        log.info(`${name}: ${alias} follows ${target}, which is a higher version: ${image.digest}`);
      isSettled = false;
    }
    if (isSettled) return;
  }
  const message = `${name}: ${check.aliases.join(', ')} of ${labelOf(location)} may not name the highest version, because other runs kept publishing higher ones. Publish the highest version again.`;
  log.annotate({ level: 'warning', message });
}

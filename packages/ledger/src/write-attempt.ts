import { findImages } from '@towpath/ecr';
import { CodedError } from '@towpath/errors';
import { labelOf, type RepositoryRef } from '@towpath/reference';
import type { Session } from '@towpath/session';
import { attemptKind, makeArtifact, parseArtifact } from './artifact.ts';
import { attemptTag, maxAttempts, type Attempt } from './attempt.ts';
import { pushArtifact } from './write-entry.ts';

/** An attempt before it has a number. */
export type NewAttempt = Omit<Attempt, 'schemaVersion' | 'number'>;

/**
 * Records a promotion or rollback that was refused or that failed. At most {@link maxAttempts} are recorded after each
 * entry, and an attempt like a recorded one is not recorded again. If another run takes a number, uses the next one.
 *
 * @returns the attempt; undefined if it was not recorded
 * @throws CodedError `access-denied`, …
 */
export async function writeAttempt(
  location: RepositoryRef,
  attempt: NewAttempt,
  session: Session,
): Promise<Attempt | undefined> {
  const all = Array.from({ length: maxAttempts }, (_, index): Attempt => ({
    schemaVersion: 1,
    ...attempt,
    number: index + 1,
  }));
  const { registry, repository } = location;
  const known = await findImages(session.ecr(registry), repository, all.map(attemptTag));
  for (const one of all) {
    const tag = attemptTag(one);
    const found = known.get(tag);
    if (
      found !== undefined &&
      isLike(
        found.artifactType === attemptKind.mediaType
          ? parseArtifact(attemptKind, found, `${labelOf(location)}:${tag}`)
          : undefined,
        attempt,
      )
    )
      return undefined;
    if (found !== undefined) continue;
    try {
      await pushArtifact(location, makeArtifact(attemptKind, one, one.when), tag, session);
      return one;
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'tag-conflict') throw error;
    }
  }
  return undefined;
}

/** Returns whether two attempts ended for the same reasons. */
function isLike(one: Attempt | undefined, other: NewAttempt): boolean {
  const essence = ({ outcome, kind, version, problems }: NewAttempt) =>
    JSON.stringify([outcome, kind, version, problems.map(({ code }) => code)]);
  return one !== undefined && essence(one) === essence(other);
}

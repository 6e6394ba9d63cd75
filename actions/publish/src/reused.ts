import { forAll } from '@towpath/concurrency';
import type { Config, ImageConfig } from '@towpath/config';
import { CodedError, type Problem } from '@towpath/errors';
import type { BuiltImage } from '@towpath/image-set';
import { listedImages } from '@towpath/ledger';
import { Locations } from '@towpath/project';
import { labelOf } from '@towpath/reference';
import type { Session } from '@towpath/session';

/** An image that the build reused. */
export interface ReusedImage {
  readonly image: ImageConfig;
  readonly built: BuiltImage;
}

/**
 * Requires that `publish` published each reused image: it must be in its configured repository, and the ledger
 * must list it with a verified fingerprint. The build could have named any other image.
 *
 * @throws CodedError `image-set-invalid` that lists every image that fails this check; `access-denied`, …
 */
export async function requireListed(
  reused: readonly ReusedImage[],
  config: Config,
  session: Session,
): Promise<void> {
  const versions = reused.flatMap(({ built }) => built.reused?.version ?? []);
  if (versions.length === 0) return;
  const locations = new Locations(config, session);
  const listing = await listedImages(locations, [...new Set(versions)]);
  const judged = await forAll(reused, async ({ image, built }): Promise<Problem[]> => {
    const { registry, repository } = await locations.locate(image, undefined);
    const label = labelOf({ registry, repository });
    const named = `${built.reused?.registry ?? ''}/${built.reused?.repository ?? ''}`;
    const refuse = (why: string) => [
      {
        code: 'image-set-invalid' as const,
        message: `Image ${image.name} was reused from ${named}@${built.digest}, ${why}`,
        hint: 'Build it again without reuse.',
      },
    ];
    if (named !== label) return refuse(`but its repository is ${label}.`);
    const isListed = listing.images.some(
      (one) =>
        one.name === image.name &&
        one.repository === repository &&
        one.digest === built.digest &&
        one.fingerprint === built.fingerprint &&
        one.verified === true,
    );
    return isListed
      ? []
      : refuse(`but the ledger ${labelOf(listing.location)} does not list it with this fingerprint.`);
  });
  const problems = judged.flat();
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} reused images did not come from publish.`);
}

/**
 * Requires that this checkout produces the fingerprint of each reused image. Otherwise the build could name an
 * image of other sources and deliver an old image under a new version.
 *
 * @param doubts the reasons why a fingerprint is wrong or cannot be computed, by image name
 * @throws CodedError `image-set-invalid` that lists every image that fails this check
 */
export function requireComputed(reused: readonly ReusedImage[], doubts: ReadonlyMap<string, string>): void {
  const problems = reused.flatMap(({ image: { name }, built }): Problem[] => {
    const why = doubts.get(name);
    if (why === undefined) return [];
    const from = `${built.reused?.registry ?? ''}/${built.reused?.repository ?? ''}@${built.digest}`;
    return [
      {
        code: 'image-set-invalid',
        message: `Image ${name} was reused from ${from}, but this checkout does not give its fingerprint: ${withoutStop(why)}.`,
        hint: `${sameInputs} Or build the image again without reuse.`,
      },
    ];
  });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} reused images were not built from this checkout.`);
}

/** The hint that enables this step to compute the same fingerprints as the build. */
export const sameInputs =
  'Check out the sources in this job, and give publish the same build-args, build-context and dockerfile as build.';

export function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

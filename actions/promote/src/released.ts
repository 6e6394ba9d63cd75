import { CodedError, type Problem } from '@towpath/errors';
import { readReleases, type Ledger, type Release } from '@towpath/ledger';
import { labelOf } from '@towpath/reference';
import type { Session } from '@towpath/session';
import type { SelectedImage } from './selected-image.ts';

/**
 * Requires that the release of each image's version lists the image with its digest. The entries of a source are claims
 * of the jobs that promote to it, and could list an image that was never published.
 *
 * @param entry the tag of the entry that lists the images
 * @throws CodedError `release-missing`, `release-invalid`
 */
export async function requireReleased(
  images: readonly SelectedImage[],
  entry: string,
  { state, location }: Pick<Ledger, 'state' | 'location'>,
  session: Session,
): Promise<void> {
  if (state !== 'kept') return;
  const versions = [...new Set(images.map(({ version }) => version))];
  const releases = await readReleases(session, location, versions);
  const problems = images.flatMap((image): Problem[] => {
    const release = releases.get(image.version);
    return release === undefined
      ? [unreleased(image, entry, labelOf(location))]
      : unlisted(image, entry, release);
  });
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images of ${entry} were not published.`);
}

function unlisted(
  { image: { name }, root, version }: SelectedImage,
  entry: string,
  release: Release,
): Problem[] {
  const released = release.images.find((one) => one.name === name);
  if (released?.digest === root.digest) return [];
  const run = release.run === undefined ? '' : ` of ${release.run}`;
  const instead = released === undefined ? 'does not list this image' : `has ${released.digest}`;
  return [
    {
      code: 'release-invalid',
      message: `Entry ${entry} lists image ${name} ${version} with ${root.digest}, but release ${version}${run} ${instead}.`,
      hint: `Find out who wrote the entry, and promote a published version to its environment.`,
    },
  ];
}

function unreleased(
  { image: { name }, root, version }: SelectedImage,
  entry: string,
  ledger: string,
): Problem {
  return {
    code: 'release-missing',
    message: `Entry ${entry} lists image ${name} ${version} (${root.digest}), but the ledger ${ledger} has no release ${version}.`,
    hint: `Promote a published version to its environment. If ${version} is older than the ledger, set version: ${version} instead of current, and only: ${name}.`,
  };
}

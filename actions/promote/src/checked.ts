import { suggest, CodedError, type Problem } from '@towpath/errors';
import type { FoundImage } from '@towpath/ledger';
import type { GivenImage } from '@towpath/project';
import { labelOf } from '@towpath/reference';

/**
 * Compares the images to promote with those that an earlier step checked.
 *
 * @param checked undefined if the input `images` is not set
 * @throws CodedError `digest-mismatch` for every image that differs, is missing or was not checked; `gate-failed`
 * or `gate-unknown` for every image that did not pass
 */
export function requireChecked(
  found: readonly Pick<FoundImage, 'image' | 'location' | 'root'>[],
  checked: readonly GivenImage[] | undefined,
): void {
  if (checked === undefined) return;
  const names = found.map(({ image }) => image.name);
  const problems = [
    ...found.flatMap((one) => compare(one, checked)),
    ...checked.filter(({ name }) => !names.includes(name)).map((one) => notPromoted(one, names)),
  ];
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `${count} images differ from the input images.`);
}

function compare(
  { image: { name }, location, root }: Pick<FoundImage, 'image' | 'location' | 'root'>,
  checked: readonly GivenImage[],
): readonly Problem[] {
  const entry = checked.find((one) => one.name === name);
  const here = `${labelOf(location)}@${root.digest}`;
  if (entry === undefined) {
    const message = `Image ${name} (${here}) is not in the input images: no step checked this image.`;
    const known = checked.map((one) => one.name);
    return [mismatch(message, `Gate ${name} too, or leave it out with only. ${suggest(name, known)}`)];
  }
  if (entry.repository !== undefined && entry.repository !== location.repository) {
    const message = `Image ${name} was checked in ${entry.repository}, but is promoted from ${location.repository}.`;
    return [mismatch(message, 'Run scan-gate with the same target-environment as promote.')];
  }
  if (entry.digest !== root.digest) {
    const message = `Image ${name} is ${here}, but ${entry.digest} was checked: a tag moved in between.`;
    return [mismatch(message, 'Find out who moved the tag, then run scan-gate and promote again.')];
  }
  if (entry.verdict === undefined || entry.verdict === 'pass') return [];
  const message = `Image ${name} (${here}) did not pass the gate: its verdict is ${JSON.stringify(entry.verdict)}.`;
  const code = entry.verdict === 'fail' ? 'gate-failed' : 'gate-unknown';
  return [{ code, message, hint: 'Fix the image and publish a new version.' }];
}

function notPromoted({ name, repository, digest }: GivenImage, names: readonly string[]): Problem {
  const message = `Image ${name} (${repository === undefined ? '' : `${repository}@`}${digest}) is in the input images, but not among those to promote: ${names.join(', ')}.`;
  return mismatch(message, 'Give scan-gate and promote the same version, configuration and only.');
}

function mismatch(message: string, hint: string): Problem {
  return { code: 'digest-mismatch', message, hint };
}

import { CodedError, type Problem } from '@towpath/errors';
import type { SetPart } from './merge.ts';

/** The platforms that each image must have, by image name. Without platforms: one, whichever it is. */
export type ExpectedImages = ReadonlyMap<string, readonly string[]>;

/**
 * Requires that the jobs of a matrix built every expected image exactly once for each platform, and nothing else.
 *
 * @throws CodedError `image-set-invalid` that lists everything that is missing, built twice or unexpected
 */
export function requireExpected(parts: readonly SetPart[], expected: ExpectedImages): void {
  const built = parts.flatMap(({ folder, set }) =>
    set.images.flatMap(({ name, platforms }) =>
      Object.keys(platforms).map((platform) => ({ name, platform, folder })),
    ),
  );
  const problems: Problem[] = [];
  for (const [name, platforms] of expected) {
    const own = built.filter((one) => one.name === name);
    const wanted = platforms.length > 0 ? platforms : [own[0]?.platform ?? 'any platform'];
    for (const platform of wanted) {
      const found = own.filter((one) => one.platform === platform).map(({ folder }) => folder);
      if (found.length === 0) problems.push(invalid(`Image ${name} was not built for ${platform}.`));
      if (found.length > 1)
        problems.push(
          invalid(`Image ${name} was built ${found.length} times for ${platform}: ${found.join(', ')}.`),
        );
    }
    const others = own.filter(({ platform }) => !wanted.includes(platform));
    for (const { platform, folder } of others)
      problems.push(invalid(`Image ${name} in ${folder} was built for ${platform}, which was not planned.`));
  }
  for (const { name, folder } of built)
    if (!expected.has(name)) problems.push(invalid(`Image ${name} in ${folder} was not planned.`));
  if (problems.length > 0)
    throw CodedError.of(problems, (count) => `The image sets differ from the plan: ${count} problems.`);
}

function invalid(message: string): Problem {
  const hint =
    'Re-run all jobs of the run. Each job must build the images and the platform of its row, and upload one artifact.';
  return { code: 'image-set-invalid', message, hint };
}

import { test } from '@jest/globals';
import { isUsable, output as outputOf } from '@towpath/testing';

export { testWith } from '@towpath/testing';

/**
 * A test that needs a BuildKit beside the engine's: it is skipped, and says so, where the engine is Docker's, which
 * brings no buildkitd. Set-up's own engine has one.
 */
export const testWithBuildkitd: (name: string, body: () => Promise<void>) => void = isUsable([
  'buildkitd',
  '--version',
])
  ? test
  : (name, body) => {
      test.skip(`${name} (buildkitd is absent)`, body);
    };

/** What a program prints, as it is. */
export function output(...command: readonly string[]): Promise<string> {
  return outputOf(command);
}

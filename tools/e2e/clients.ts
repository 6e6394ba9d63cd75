import { test } from '@jest/globals';
import { isUsable, output as outputOf } from '@towpath/testing';

export { testWith } from '@towpath/testing';

type Test = (name: string, body: () => Promise<void>) => void;

/**
 * For a test that needs a BuildKit beside the engine's: it is skipped, and says so, where the engine is Docker's, which
 * brings no buildkitd. Set-up's own engine has one.
 *
 * @param others what it is tested with there
 */
export const withBuildkitd = (others: Test): Test =>
  isUsable(['buildkitd', '--version'])
    ? others
    : (name, body) => {
        test.skip(`${name} (buildkitd is absent)`, body);
      };

export const testWithBuildkitd = withBuildkitd(test);

/** What a program prints, as it is. */
export function output(...command: readonly string[]): Promise<string> {
  return outputOf(command);
}

import { test } from '@jest/globals';
import { isUsable, output as outputOf } from '@towpath/testing';

export { testWith } from '@towpath/testing';

type Test = (name: string, body: () => Promise<void>) => void;

/**
 * Declares tests that start a second BuildKit. The tests are skipped if buildkitd is not installed: Docker includes
 * none, but the engine of tools/setup does.
 *
 * @param declare declares the test if buildkitd is installed
 */
export const withBuildkitd = (declare: Test): Test =>
  isUsable(['buildkitd', '--version'])
    ? declare
    : (name, body) => {
        test.skip(`${name} (buildkitd is not available)`, body);
      };

export const testWithBuildkitd = withBuildkitd(test);

/** Runs a program and returns its standard output. */
export function output(...command: readonly string[]): Promise<string> {
  return outputOf(command);
}

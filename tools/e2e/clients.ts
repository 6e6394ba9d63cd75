import { test } from '@jest/globals';
import { isUsable, output as outputOf } from '@towpath/testing/clients';

export { testWith } from '@towpath/testing';

type Test = (name: string, body: () => Promise<void>) => void;

/** Whether a test can start a BuildKit of its own. Docker includes no buildkitd, but the engine of tools/setup does. */
export const hasBuildkitd = isUsable(['buildkitd', '--version']);

/**
 * Declares tests that start a BuildKit of their own. They are skipped on a machine without buildkitd.
 *
 * @param declare declares the test if buildkitd is installed
 */
export const withBuildkitd = (declare: Test): Test =>
  hasBuildkitd
    ? declare
    : (name, body) => {
        test.skip(`${name} (buildkitd is not available)`, body);
      };

export const testWithBuildkitd = withBuildkitd(test);

/** Runs a program and returns its standard output. */
export function output(...command: readonly string[]): Promise<string> {
  return outputOf(command);
}

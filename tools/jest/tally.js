/** Closes a test run with one line that a program can read, the last on stdout: `N passed, N failed`. */
class Tally {
  /**
   * @param {unknown} _testContexts
   * @param {{ numPassedTests: number, numFailedTests: number, numRuntimeErrorTestSuites: number }} results
   */
  onRunComplete(_testContexts, results) {
    // A file that cannot be loaded has no tests that could fail.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // Jest's own summary is a reporter too, and comes after those that are configured.
    process.once('exit', () => process.stdout.write(`${results.numPassedTests} passed, ${failed} failed\n`));
  }
}

// Jest takes a reporter from nowhere else.
export { Tally as default };

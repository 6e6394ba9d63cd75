import type { Problem } from '@towpath/errors';

/** The supported values of `RUNNER_ARCH` and `process.arch`, in lower case. */
const architectures: ReadonlySet<string> = new Set(['x64', 'arm64']);

/** The names of operating systems in messages, by the value of `RUNNER_OS` or of `process.platform`. */
const systems: ReadonlyMap<string, string> = new Map([
  ['linux', 'Linux'],
  ['windows', 'Windows'],
  ['win32', 'Windows'],
  ['macos', 'macOS'],
  ['darwin', 'macOS'],
]);

/**
 * Returns why the actions do not run on this runner, or undefined on Linux on x64 or arm64.
 *
 * @param env `RUNNER_OS` and `RUNNER_ARCH` are set by every runner (GitHub docs, "Variables reference")
 * @param machine used if the runner did not set them
 */
export function unsupportedRunner(
  env: NodeJS.ProcessEnv,
  machine: Pick<NodeJS.Process, 'platform' | 'arch'> = process,
): Problem | undefined {
  const given = env.RUNNER_OS ?? machine.platform;
  const system = systems.get(given.toLowerCase()) ?? given;
  const architecture = env.RUNNER_ARCH ?? machine.arch;
  if (system === 'Linux' && architectures.has(architecture.toLowerCase())) return undefined;
  return {
    code: 'runner-unsupported',
    message: `This runner has ${system} on ${architecture}, but Towpath needs Linux on x64 or arm64.`,
    hint: 'Set runs-on to a Linux runner, for example runs-on: ubuntu-latest or runs-on: ubuntu-24.04-arm.',
  };
}

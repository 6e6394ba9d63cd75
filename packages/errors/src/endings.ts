import type { Code } from './codes.ts';

/** How a command of the command line ends, with its exit code. Both are public and never change within a major version. */
export const endings = {
  ok: { exitCode: 0, meaning: 'The command succeeded.' },
  error: { exitCode: 1, meaning: 'The command failed. The message says how to fix it.' },
  usage: { exitCode: 2, meaning: 'A flag, a variable or the configuration is invalid.' },
  refused: {
    exitCode: 3,
    meaning:
      'The gate or the linter refused an image or could not judge it, or `provision` found differences.',
  },
  credentials: { exitCode: 4, meaning: 'AWS credentials are missing, have expired, or lack a permission.' },
  'not-found': { exitCode: 5, meaning: 'A file, an image, a repository or a version does not exist.' },
  retry: {
    exitCode: 6,
    meaning: 'AWS, a registry or the network failed. The same command may succeed later.',
  },
  cancelled: {
    exitCode: 130,
    meaning: 'A signal cancelled the command: Ctrl+C, SIGINT (130) or SIGTERM (143).',
  },
} as const;

export type Ending = keyof typeof endings;

/** The endings of codes. All other codes end with `error`. */
const byCode: Partial<Record<Code, Ending>> = {
  'input-invalid': 'usage',
  'config-invalid': 'usage',
  'tag-invalid': 'usage',
  'version-unknown': 'usage',
  'registry-unknown': 'usage',
  'gate-failed': 'refused',
  'lint-failed': 'refused',
  'gate-unknown': 'refused',
  // A schedule must tell a difference from a failure.
  'repositories-differ': 'refused',
  'credentials-missing': 'credentials',
  'access-denied': 'credentials',
  'config-missing': 'not-found',
  'dockerfile-missing': 'not-found',
  'context-missing': 'not-found',
  'secret-missing': 'not-found',
  'image-set-missing': 'not-found',
  'repository-missing': 'not-found',
  'image-missing': 'not-found',
  'release-missing': 'not-found',
  'parameter-missing': 'not-found',
  'image-set-in-use': 'retry',
  'gate-timeout': 'retry',
  'registry-unreachable': 'retry',
  'outside-failed': 'retry',
  cancelled: 'cancelled',
};

/** Returns how a command ends whose first problem has a code. */
export function endingOf(code: Code): Ending {
  return byCode[code] ?? 'error';
}

import type { Flag } from './flag.ts';

/** The flags of every command. */
export const commonFlags: readonly Flag[] = [
  {
    name: 'directory',
    form: 'text',
    isRequired: false,
    description: 'The root of the repository. Paths are relative to it. Default: the current folder.',
  },
  {
    name: 'profile',
    form: 'text',
    isRequired: false,
    description:
      'The profile of the AWS configuration, as in the AWS CLI. It takes precedence over `AWS_ACCESS_KEY_ID`.',
  },
  {
    name: 'json',
    form: 'flag',
    isRequired: false,
    description: 'Print one JSON document to the standard output, and nothing else.',
  },
  { name: 'quiet', form: 'flag', isRequired: false, description: 'Print only warnings and errors.' },
  { name: 'verbose', form: 'flag', isRequired: false, description: 'Print details for debugging.' },
  {
    name: 'progress',
    form: 'flag',
    isRequired: false,
    description: 'Show a line with the progress. Default: only in a terminal. `--no-progress` disables it.',
  },
  {
    name: 'color',
    form: 'flag',
    isRequired: false,
    description:
      'Use colours. Default: only in a terminal, and never if `NO_COLOR` is set. `--no-color` disables them.',
  },
];

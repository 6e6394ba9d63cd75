/**
 * Messages and descriptions are written once, in the words of a workflow: inputs, steps and jobs. This file translates them
 * for people at a command line, where inputs are flags. A test reads all messages of the product and fails if one of them still
 * speaks of a workflow after the translation.
 */
const phrases: readonly (readonly [workflow: RegExp, commandLine: string])[] = [
  // Whole remedies
  [
    /(?:[Rr]un|[Aa]dd) `?actions\/checkout`? (?:in a step before this one|before (?:this|the) step)/g,
    'run this in the root of the repository',
  ],
  [
    /Run aws-actions\/configure-aws-credentials in a step before this one, in a job with permissions: id-token: write\./g,
    'Log in, for example with aws sso login, and set --profile or AWS_PROFILE.',
  ],
  [/In the reusable workflows, set build-role \(pipeline\), or use pull-request-with-role\./g, ''],
  [
    /: role-duration-seconds \(an input of aws-actions\/configure-aws-credentials and of the reusable workflows\)/g,
    '',
  ],
  [/ \(aws-region of the reusable workflows\)/g, ''],
  [/ \(an input of publish and of the reusable workflow pipeline\)/g, ''],
  [/ \(permissions: id-token: write\)/g, ''],
  [
    /([Gg])ive the value as (\S+)=… in the input secrets of build, or in the secret build-secrets of the reusable workflows/g,
    '$1ive the value in the environment variable $2',
  ],
  [/ A run for a fork has no secrets\./g, ''],
  [/ The reusable workflows have no such step(?:: [^.]*)?(?:\.|$)/g, ''],
  [/ The reusable workflows log in to ECR only: /g, ' Or '],
  [/, for example with docker\/login-action/g, ', for example with docker login'],
  [/Set fetch-depth: 0 for actions\/checkout/g, 'Run git fetch --unshallow --tags'],
  [
    /Set fetch-depth: (.{0,80}) for actions\/checkout/g,
    'Fetch more commits (git fetch --depth, or --unshallow)',
  ],
  [/: give actions\/checkout the same ref/g, ''],
  [
    /Add docker\/setup-buildx-action before this step, or (install|set the input buildkit)/g,
    'Install buildx, or $1',
  ],
  [/Install buildx, or install/g, 'Install'],
  [/Add docker\/setup-buildx-action before this step, or set/g, 'Run docker buildx create --use, or set'],
  [
    /[Aa]dd docker\/setup-qemu-action before this step/g,
    'run docker run --privileged --rm tonistiigi/binfmt --install all',
  ],
  [
    /Check the names of the step and of its output\. GitHub drops a job output that contains a masked value\. /g,
    '',
  ],
  [/Remove token to use the token of the job\./g, ''],
  [/Set (\S+) in env of the step/g, 'Set the variable $1'],
  [
    /Give the step a variable of your own, such as env: \{ NPM_TOKEN: \$\{\{ secrets\.NPM_TOKEN \}\} \}/g,
    'Use a variable of your own, such as NPM_TOKEN',
  ],
  [
    /Set runs-on to a Linux runner, for example runs-on: ubuntu-latest or runs-on: ubuntu-24\.04-arm\./g,
    'Run it on Linux, or on Windows in WSL.',
  ],
  [/, and GitHub would empty job outputs that contain it/g, ''],
  [
    / If several jobs built different images or platforms: several folders, or a folder that contains them, as `actions\/download-artifact` creates it\./g,
    ' If several builds made different images or platforms: several folders, or a folder that contains them.',
  ],
  [/the plan of the step/g, 'the plan'],
  [/The step (has no outputs|fails)/g, 'The command $1'],
  [/[Aa] later step can/g, 'A later command can'],
  [
    /Run build earlier in this job, or transfer its folder to this job and set/g,
    'Run build first, or copy its folder here and set',
  ],
  [/is checked out in this job/g, 'is checked out here'],
  [/Check out the sources in this job/g, 'Check out the sources here'],
  [/git 2\.45 or newer in the runner or its container/g, 'git 2.45 or newer'],
  // Steps, jobs and runners
  [/(?:, | )in a step (?:of the same job )?before this one/g, ' first'],
  [/ before (?:this|the) step/g, ' first'],
  [/ in an? earlier step/g, ' first'],
  [/an earlier step/g, 'an earlier command'],
  [/(?:Re-run|Run) the (?:failed )?(?:job|step) again/g, 'Run the command again'],
  [
    /Re-run the failed job: it continues/g,
    'Log in again, for example with aws sso login, and run the command again: it continues',
  ],
  [/(?:in|of) (?:this|the) job/g, 'of this command'],
  [/in both jobs/g, 'for both commands'],
  [
    /in its own job, or all of them in one job/g,
    'with a command of its own, or all of them with one command',
  ],
  [/in a job of its own, on a runner that has it/g, 'on a machine that has it'],
  [/that the jobs use/g, 'of the builds'],
  [/for the job\b/g, 'for this command'],
  [/\b(?:[Tt]his|the) job\b/g, 'this command'],
  [/no other job/g, 'no other program'],
  [/env of the step/g, 'the environment'],
  [/(this|another|no other|one) step\b/g, '$1 command'],
  [/the temporary folder of the runner/g, '`.towpath`'],
  [/on its own runner/g, 'on its own machine'],
  [/from the runner(?: that the job does not need)?/g, 'from this machine'],
  [/\b(?:the|this) runner\b(?! of (?:each|its))/g, 'this machine'],
  [/a (larger )?runner/g, 'a $1machine'],
  [/`towpath` in `\.towpath`/g, '`.towpath`'],
];

/** Inputs whose name is a word of their own, so that `name: true` is the input and no key of the configuration. */
const inputValues =
  /\b(mode|driver-opts): (\S+?)(?=[.,]?(?:\s|$))|\b(rollback|allow-older|create-repository|create-ledger|move-version-tags|rescan|report-only|dry-run|load): true\b/g;

const inputNames = /\b[Ii]nputs? `?([a-z][a-z-]*)`?(?:( and |, )`?([a-z][a-z-]*)`? (?=exclude|are|name))?/g;

/** Returns a message of the product in the words of the command line. Flags of other commands are renamed, too. */
export function reword(text: string): string {
  let result = text;
  for (const [workflow, commandLine] of phrases) result = result.replace(workflow, commandLine);
  return sentenceCase(
    result
      .replace(/\b(?:in |of )?[Tt]he inputs? (?=`?[a-z])/g, (start) =>
        start.startsWith('of') ? 'of input ' : start.startsWith('in ') ? 'in input ' : 'input ',
      )
      .replace(inputNames, (whole, name: string, and = '', other = '') =>
        isInput(name) ? `--${name}${other === '' ? '' : `${String(and)}--${String(other)} `}` : whole,
      )
      .replace(inputValues, (_whole, name: string, value: string, flag: string | undefined) =>
        flag === undefined ? `--${name} ${value}` : `--${flag}`,
      ),
  );
}

/** Words after "input" in a sentence that are no names of inputs. */
function isInput(word: string): boolean {
  return ![
    'is',
    'of',
    'that',
    'or',
    'and',
    'are',
    'with',
    'for',
    'in',
    'to',
    'name',
    'names',
    'does',
    'have',
    'come',
  ].includes(word);
}

function sentenceCase(text: string): string {
  return text
    .replace(/(^|[.:] )run (?=this|docker)/g, (_, before: string) => `${before}Run `)
    .replace(/ {2,}/g, ' ')
    .trimEnd();
}

import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
}

const read = (file: string): unknown => parse(readFileSync(file, 'utf8'));

/** Inputs of single steps: a dry run and a plan leave nothing for the next job. */
const ofSteps: readonly string[] = ['dry-run', 'plan', 'plan-out'];

/** Other inputs that a reusable workflow does not take, and the reason. */
const leftOut: Readonly<Record<string, readonly string[]>> = {
  // The registry and its region come from aws-region and the configuration. No step leaves files for a caller.
  // The configuration has the key lint.
  // Only a matrix evaluates the configuration in another job.
  build: ['image-set', 'sarif-out', 'report-out', 'lint', 'evaluated-config'],
  publish: ['image-set', 'image-name', 'ecr-repository', 'registry', 'region', 'deployment-files'],
  // The workflows judge the version that they publish or promote.
  'scan-gate': [
    'image-set',
    'images',
    'reports',
    'environment',
    'region',
    'report-only',
    'rescan',
    'max-age',
    'on-unsupported',
    // A policy of one repository is in its configuration.
    'policy',
    'baseline-report',
    // The summary has the report. A comment would need a permission of the caller.
    'comment',
    'issue',
    'junit-out',
    'report-out',
    'sarif-out',
    'token',
  ],
  // A job has one role and copies everything that belongs to an image. Its GitHub environment makes a deployment, and
  // its policy is in the configuration.
  promote: [
    'image-name',
    'region',
    'attestations',
    'source-role',
    'target-role',
    'token',
    'environment-url',
    'policy',
  ],
  board: ['folder', 'region'],
  // Policies and code of other tools are exported once, by a step of its own.
  provision: ['export', 'export-folder', 'region', 'token'],
  // The job can push no fixes, and leaves only the file for code scanning.
  lint: ['fix', 'text-out', 'json-out', 'junit-out', 'code-quality-out'],
};

/** Inputs that a workflow takes in addition, or leaves out, by workflow and action. */
const exceptions: Readonly<
  Record<string, { readonly more?: readonly string[]; readonly less?: readonly string[] }>
> = {
  // The pipeline promotes a new version from build. Between environments no other step names the images.
  'pipeline promote': { less: ['source-environment', 'rollback', 'allow-older', 'break-glass', 'reason'] },
  'promote promote': { less: ['images'] },
  'pipeline build': { more: ['evaluated-config'] },
  // It only reports. The promotion judges by the policy of the environment.
  'pipeline scan-gate': { more: ['sarif-out', 'report-only'], less: ['fail-on'] },
  // It judges what an environment runs, by the policy of this environment.
  'nightly scan-gate': {
    more: ['environment', 'rescan', 'max-age', 'report-only', 'issue', 'baseline-report', 'report-out'],
    less: ['version', 'target-environment'],
  },
};

const steps = [
  'pipeline',
  'pull-request',
  'pull-request-with-role',
  'promote',
  'nightly',
  'board',
  'provision',
  'lint',
].flatMap((name) =>
  Object.entries((read(`.github/workflows/${name}.yml`) as Workflow).jobs).flatMap(([job, { steps: all }]) =>
    all.flatMap((step) => {
      const { action } = /^towpath\/towpath\/actions\/(?<action>[\w-]+)@/.exec(step.uses ?? '')?.groups ?? {};
      return action === undefined
        ? []
        : [{ workflow: name, job, action, given: Object.keys(step.with ?? {}) }];
    }),
  ),
);

test.each(steps)(
  'the job $job of $workflow passes every input of $action on, so that callers can follow every hint',
  ({ workflow, action, given }) => {
    const { inputs } = read(`actions/${action}/action.yml`) as {
      readonly inputs: Readonly<Record<string, unknown>>;
    };
    const missing = Object.keys(inputs).filter((name) => !given.includes(name) && !ofSteps.includes(name));
    const { more = [], less = [] } = exceptions[`${workflow} ${action}`] ?? {};
    const expected = (leftOut[action] ?? []).filter((name) => !more.includes(name));
    expect(missing.sort()).toEqual([...expected, ...less].sort());
  },
);

test('publish checks out the full history if the version is a git tag', () => {
  const { jobs } = read('.github/workflows/pipeline.yml') as Workflow;
  const checkout = jobs.publish?.steps.find(({ uses = '' }) => uses.startsWith('actions/checkout@'));
  expect(checkout?.with?.['fetch-depth']).toBe("${{ inputs.version == 'git-tag' && '0' || '1' }}");
});

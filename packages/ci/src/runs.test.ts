import { describe, expect, test } from '@jest/globals';
import { ownTemplate, presets, readVersion, renderTags } from '@towpath/tags';
import { readdirSync, readFileSync } from 'node:fs';
import { ciFacts, type CiFacts } from './ci-facts.ts';

/** Runs of every kind, with the variables of their CI systems and GitHub's payloads. */
const fixtures = new URL('../fixtures/', import.meta.url);
const now = new Date('2026-01-31T12:00:00Z');

const sha = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';
const head = '34c5c7793cb3b279e22454cb6750c80560547b3a';
const merge = 'ae6d1c5e4a6a9a9b5c6f2a1b0e7d3c8f9a0b1c2d';

interface Fixture {
  readonly env: Readonly<Record<string, string>>;
  readonly event?: unknown;
}

function run(name: string, checkedOut?: string, branch?: string): CiFacts {
  const { env, event } = JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), 'utf8')) as Fixture;
  const checkout = checkedOut === undefined ? undefined : { commit: checkedOut, branch };
  return ciFacts({ env, event, checkout, now });
}

function tagsOf({ facts, tag }: CiFacts, preset: keyof typeof presets): readonly string[] {
  const found = readVersion('auto', { gitTags: tag === undefined ? [] : [tag], sha: facts.sha });
  const version = found && 'version' in found ? found.version : undefined;
  return renderTags(presets[preset].map(ownTemplate), { ...facts, version }, []).tags;
}

interface Expected {
  readonly name: string;
  readonly checkedOut?: string;
  readonly git: readonly string[];
  readonly semver: readonly string[];
  readonly pipeline: readonly string[];
}

const ofCommit = [sha.slice(0, 12)];
const ofRelease = ['1.4.0', '1.4', '1', 'latest'];
const onGitHub = ['1658821493-1'];
const branch = 'gitbranch_feature-pay-in-time-0774fe987397';
const inCodeBuild = ['a1b2c3d4-5678-90ab-cdef-EXAMPLE11111'];
const onJenkins = ['17-1769860800'];
const onGitLab = ['345-6789'];
const ofChange = { semver: [head.slice(0, 12)], pipeline: onGitLab };

const table: readonly Expected[] = [
  { name: 'push', git: [`gitsha_${sha}`, 'gitbranch_main'], semver: ofCommit, pipeline: onGitHub },
  {
    name: 'push-again',
    git: [`gitsha_${sha}`, 'gitbranch_main'],
    semver: ofCommit,
    pipeline: ['1658821493-2'],
  },
  { name: 'push-of-a-branch', git: [`gitsha_${sha}`, branch], semver: ofCommit, pipeline: onGitHub },
  { name: 'push-of-a-tag', git: [`gitsha_${sha}`], semver: ofRelease, pipeline: onGitHub },
  {
    name: 'push-that-deletes-a-branch',
    git: [`gitsha_${sha}`, 'gitbranch_main'],
    semver: ofCommit,
    pipeline: onGitHub,
  },
  { name: 'delete', git: [`gitsha_${sha}`, 'gitbranch_main'], semver: ofCommit, pipeline: onGitHub },
  {
    name: 'pull-request',
    checkedOut: merge,
    git: [`gitsha_${head}`, branch, 'gitpr_7'],
    semver: [head.slice(0, 12)],
    pipeline: onGitHub,
  },
  {
    name: 'pull-request-of-a-fork',
    checkedOut: merge,
    git: [`gitsha_${head}`, 'gitbranch_marina-main-d9f9690ca538', 'gitpr_7'],
    semver: [head.slice(0, 12)],
    pipeline: onGitHub,
  },
  {
    name: 'pull-request-of-a-deleted-fork',
    checkedOut: merge,
    git: [`gitsha_${head}`, 'gitbranch_marina-main-d9f9690ca538', 'gitpr_7'],
    semver: [head.slice(0, 12)],
    pipeline: onGitHub,
  },
  {
    name: 'pull-request-target',
    checkedOut: sha,
    git: [`gitsha_${sha}`, 'gitbranch_main'],
    semver: ofCommit,
    pipeline: onGitHub,
  },
  {
    name: 'pull-request-target',
    checkedOut: head,
    git: [`gitsha_${head}`, 'gitbranch_marina-main-d9f9690ca538', 'gitpr_7'],
    semver: [head.slice(0, 12)],
    pipeline: onGitHub,
  },
  {
    name: 'merge-group',
    git: [
      `gitsha_${merge}`,
      'gitbranch_gh-readonly-queue-main-pr-7-6113728f27ae82c7b1a177c8d03f9e96e0adf246-894b0b6207ec',
    ],
    semver: [merge.slice(0, 12)],
    pipeline: onGitHub,
  },
  { name: 'schedule', git: [`gitsha_${sha}`, 'gitbranch_main'], semver: ofCommit, pipeline: onGitHub },
  {
    name: 'workflow-dispatch',
    git: [`gitsha_${sha}`, 'gitbranch_main'],
    semver: ofCommit,
    pipeline: onGitHub,
  },
  { name: 'workflow-dispatch-on-a-tag', git: [`gitsha_${sha}`], semver: ofRelease, pipeline: onGitHub },
  { name: 'release', git: [`gitsha_${sha}`], semver: ['1.4.0-rc.1'], pipeline: onGitHub },
  { name: 'workflow-run', git: [`gitsha_${sha}`, 'gitbranch_main'], semver: ofCommit, pipeline: onGitHub },
  {
    name: 'workflow-run',
    checkedOut: head,
    git: [`gitsha_${head}`, branch],
    semver: [head.slice(0, 12)],
    pipeline: onGitHub,
  },
  {
    name: 'workflow-run-of-a-fork',
    checkedOut: head,
    git: [`gitsha_${head}`, 'gitbranch_marina-main-d9f9690ca538'],
    semver: [head.slice(0, 12)],
    pipeline: onGitHub,
  },
  { name: 'workflow-call', git: [`gitsha_${sha}`, 'gitbranch_main'], semver: ofCommit, pipeline: onGitHub },
  { name: 'codebuild-webhook', git: [`gitsha_${sha}`, branch], semver: ofCommit, pipeline: inCodeBuild },
  { name: 'codebuild-webhook-of-a-tag', git: [`gitsha_${sha}`], semver: ofRelease, pipeline: inCodeBuild },
  {
    name: 'codebuild-webhook-of-a-pull-request',
    git: [`gitsha_${head}`, 'gitpr_7'],
    semver: [head.slice(0, 12)],
    pipeline: inCodeBuild,
  },
  {
    name: 'codebuild-by-hand',
    git: [`gitsha_${sha}`, 'gitbranch_main'],
    semver: ofCommit,
    pipeline: inCodeBuild,
  },
  {
    name: 'codepipeline',
    git: [`gitsha_${sha}`],
    semver: ofCommit,
    pipeline: ['f6a2a4b1-1e1b-4b8b-9b6f-0d6a4c2b7a11-1769860800', ...inCodeBuild],
  },
  {
    name: 'codepipeline-again',
    git: [`gitsha_${sha}`],
    semver: ofCommit,
    pipeline: ['f6a2a4b1-1e1b-4b8b-9b6f-0d6a4c2b7a11-1769860800', 'b2c3d4e5-6789-01bc-def0-EXAMPLE22222'],
  },
  { name: 'jenkins', git: [`gitsha_${sha}`, branch], semver: ofCommit, pipeline: onJenkins },
  {
    name: 'jenkins-multibranch',
    git: [`gitsha_${sha}`, 'gitbranch_main'],
    semver: ofCommit,
    pipeline: onJenkins,
  },
  { name: 'jenkins-tag', git: [`gitsha_${sha}`], semver: ofRelease, pipeline: onJenkins },
  {
    name: 'jenkins-pull-request',
    git: [`gitsha_${merge}`, 'gitbranch_marina-main-d9f9690ca538', 'gitpr_7'],
    semver: [merge.slice(0, 12)],
    pipeline: onJenkins,
  },
  { name: 'gitlab', git: [`gitsha_${sha}`, branch], semver: ofCommit, pipeline: onGitLab },
  {
    name: 'gitlab-again',
    git: [`gitsha_${sha}`, 'gitbranch_main'],
    semver: ofCommit,
    pipeline: ['345-6790'],
  },
  { name: 'gitlab-tag', git: [`gitsha_${sha}`], semver: ofRelease, pipeline: onGitLab },
  { name: 'gitlab-merge-request', git: [`gitsha_${head}`, branch, 'gitpr_7'], ...ofChange },
  {
    name: 'gitlab-merged-result',
    checkedOut: merge,
    git: [`gitsha_${head}`, branch, 'gitpr_7'],
    ...ofChange,
  },
  {
    name: 'gitlab-merge-request-of-a-fork',
    git: [`gitsha_${head}`, 'gitbranch_marina-main-d9f9690ca538', 'gitpr_7'],
    ...ofChange,
  },
  { name: 'gitlab-merge-request-that-was-merged', git: [`gitsha_${head}`], ...ofChange },
  { name: 'gitlab-pull-request', git: [`gitsha_${head}`, branch, 'gitpr_7'], ...ofChange },
];

describe('the tags of a run', () => {
  test.each(table)('$name of $checkedOut', ({ name, checkedOut, ...expected }) => {
    const facts = run(name, checkedOut);
    expect({
      git: tagsOf(facts, 'git'),
      semver: tagsOf(facts, 'semver'),
      pipeline: tagsOf(facts, 'pipeline'),
    }).toEqual(expected);
  });

  test('exist for every fixture', () => {
    const names = readdirSync(fixtures).map((file) => file.replace('.json', ''));
    expect([...new Set(table.map(({ name }) => name))].sort()).toEqual(names.sort());
  });

  test('differ between a build and a rebuild, on every CI system', () => {
    const later = new Date(now.getTime() + 1000);
    const buildId = (name: string, at: Date) => {
      const { env, event } = JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), 'utf8')) as Fixture;
      return ciFacts({ env, event, now: at }).facts['build-id'];
    };
    expect(buildId('push', now)).not.toBe(buildId('push-again', later));
    expect(buildId('codepipeline', now)).not.toBe(buildId('codepipeline-again', later));
    expect(buildId('jenkins', now)).not.toBe(buildId('jenkins', later));
    expect(buildId('gitlab', now)).not.toBe(buildId('gitlab-again', later));
  });
});

test.each([
  ['push', 'https://github.com/acme/payroll'],
  ['gitlab', 'https://gitlab.acme.test/acme/shop/payroll'],
  ['codebuild-webhook', 'https://github.com/acme/payroll'],
  ['codepipeline', undefined],
  ['jenkins', 'https://github.com/acme/payroll'],
])('the web address of the repository of the run %s is %s', (name, address) => {
  expect(run(name).repositoryUrl).toBe(address);
});

describe('the source of a run', () => {
  const repository = 'acme/payroll';
  const page = 'https://github.com/acme/payroll/actions/runs/1658821493';

  test.each<{ name: string; expected: Partial<CiFacts> }>([
    {
      name: 'push',
      expected: {
        repository,
        revision: sha,
        ref: 'refs/heads/main',
        tag: undefined,
        fromFork: false,
        run: page,
      },
    },
    {
      name: 'push-of-a-tag',
      expected: { repository, revision: sha, ref: 'refs/tags/v1.4.0', tag: 'v1.4.0' },
    },
    {
      name: 'pull-request',
      expected: { repository, revision: merge, ref: 'refs/pull/7/merge', fromFork: false },
    },
    { name: 'pull-request-of-a-fork', expected: { repository, revision: merge, fromFork: true } },
    { name: 'pull-request-of-a-deleted-fork', expected: { fromFork: true } },
    { name: 'pull-request-target', expected: { revision: sha, ref: 'refs/heads/main', fromFork: true } },
    {
      name: 'codebuild-webhook',
      expected: { repository, revision: sha, ref: 'refs/heads/feature/pay-in-time', run: undefined },
    },
    { name: 'codebuild-webhook-of-a-tag', expected: { ref: 'refs/tags/v1.4.0', tag: 'v1.4.0' } },
    { name: 'codebuild-by-hand', expected: { repository: 'payroll', revision: sha, ref: 'refs/heads/main' } },
    { name: 'codepipeline', expected: { repository: undefined, revision: sha, ref: undefined } },
    {
      name: 'jenkins',
      expected: {
        repository,
        revision: sha,
        run: 'https://jenkins.acme.test/job/payroll/17/',
        fromFork: false,
      },
    },
    { name: 'jenkins-tag', expected: { ref: 'refs/tags/v1.4.0', tag: 'v1.4.0' } },
    { name: 'jenkins-pull-request', expected: { ref: undefined, fromFork: true } },
    {
      name: 'gitlab',
      expected: {
        repository: 'acme/shop/payroll',
        revision: sha,
        ref: 'refs/heads/feature/pay-in-time',
        tag: undefined,
        run: 'https://gitlab.acme.test/acme/shop/payroll/-/pipelines/345',
        actor: 'marina',
        fromFork: false,
      },
    },
    { name: 'gitlab-tag', expected: { ref: 'refs/tags/v1.4.0', tag: 'v1.4.0' } },
    { name: 'gitlab-merge-request', expected: { ref: 'refs/merge-requests/7/head', fromFork: false } },
    { name: 'gitlab-merged-result', expected: { revision: merge, fromFork: false } },
    { name: 'gitlab-merge-request-of-a-fork', expected: { fromFork: true } },
    { name: 'gitlab-pull-request', expected: { ref: undefined, fromFork: false } },
  ])('$name', ({ name, expected }) => {
    expect(run(name)).toMatchObject(expected);
  });

  const other = 'b'.repeat(40);

  test.each<{
    name: string;
    checkedOut: string;
    branch?: string;
    expected: Partial<CiFacts['facts']>;
    ref?: string;
    isOther?: boolean;
  }>([
    { name: 'push', checkedOut: other, expected: { sha: other }, isOther: true },
    {
      name: 'push',
      checkedOut: other,
      branch: 'release',
      expected: { sha: other, branch: 'release' },
      ref: 'refs/heads/release',
      isOther: true,
    },
    { name: 'push-of-a-tag', checkedOut: other, expected: { sha: other }, isOther: true },
    { name: 'schedule', checkedOut: other, expected: { sha: other }, isOther: true },
    { name: 'workflow-dispatch-on-a-tag', checkedOut: other, expected: { sha: other }, isOther: true },
    { name: 'release', checkedOut: other, expected: { sha: other }, isOther: true },
    { name: 'codebuild-webhook', checkedOut: other, expected: { sha: other }, isOther: true },
    { name: 'jenkins-tag', checkedOut: other, expected: { sha: other }, isOther: true },
    { name: 'gitlab-tag', checkedOut: other, expected: { sha: other }, isOther: true },
    {
      name: 'gitlab-merged-result',
      checkedOut: head,
      expected: { sha: head, branch: 'feature/pay-in-time', pr: '7' },
      ref: 'refs/merge-requests/7/head',
    },
    {
      name: 'push',
      checkedOut: sha,
      branch: 'renamed',
      expected: { sha, branch: 'main' },
      ref: 'refs/heads/main',
    },
    {
      name: 'pull-request',
      checkedOut: head,
      expected: { sha: head, branch: 'feature/pay-in-time', pr: '7' },
      ref: 'refs/pull/7/merge',
    },
    {
      name: 'pull-request',
      checkedOut: sha,
      expected: { sha, branch: 'main' },
      ref: 'refs/heads/main',
    },
    { name: 'pull-request', checkedOut: other, expected: { sha: other }, isOther: true },
    {
      name: 'pull-request-target',
      checkedOut: merge,
      expected: { sha: head, branch: 'marina:main', pr: '7' },
      ref: 'refs/pull/7/head',
    },
    {
      name: 'workflow-run',
      checkedOut: sha,
      expected: { sha, branch: 'main' },
      ref: 'refs/heads/main',
    },
    {
      name: 'workflow-run',
      checkedOut: head,
      expected: { sha: head, branch: 'feature/pay-in-time' },
      ref: 'refs/heads/feature/pay-in-time',
    },
    {
      name: 'workflow-run-of-a-fork',
      checkedOut: head,
      expected: { sha: head, branch: 'marina:main' },
    },
  ])(
    'is the checked-out commit $checkedOut in the run $name',
    ({ name, checkedOut, branch, expected, ref, isOther = false }) => {
      const found = run(name, checkedOut, branch);
      const { sha: commit, branch: of, pr } = found.facts;
      expect({ sha: commit, branch: of, pr }).toEqual({ branch: undefined, pr: undefined, ...expected });
      expect(found).toMatchObject({ revision: checkedOut, ref, tag: undefined });
      expect(found.otherRevision !== undefined).toBe(isOther);
    },
  );

  test('is a fork’s if the triggering run was and its head is checked out', () => {
    expect(run('workflow-run-of-a-fork', head).fromFork).toBe(true);
    expect(run('workflow-run-of-a-fork', sha).fromFork).toBe(false);
    expect(run('workflow-run', head).fromFork).toBe(false);
  });
});

describe('an unmerged change', () => {
  const isProposal = (env: Readonly<Record<string, string>>, event: unknown = {}, head?: string) =>
    ciFacts({
      env: { GITHUB_ACTIONS: 'true', GITHUB_SHA: sha, GITHUB_REF: 'refs/heads/main', ...env },
      event,
      now,
      ...(head !== undefined && { checkout: { commit: head } }),
    }).proposal;

  test.each([
    'push',
    'push-of-a-tag',
    'schedule',
    'release',
    'workflow-dispatch',
    'workflow-run',
    'codebuild-webhook',
    'jenkins',
    'gitlab',
    'gitlab-tag',
  ])('is not built by the run %s', (name) => {
    expect(run(name).proposal).toBeUndefined();
  });

  test.each([
    'merge-group',
    'pull-request-target',
    'workflow-run-of-a-fork',
    'codebuild-webhook-of-a-pull-request',
    'jenkins-pull-request',
    'gitlab-merge-request',
    'gitlab-merged-result',
    'gitlab-merge-request-of-a-fork',
    'gitlab-merge-request-that-was-merged',
    'gitlab-pull-request',
  ])('may be built by the run %s', (name) => {
    const head = name === 'workflow-run-of-a-fork' ? 'b'.repeat(40) : undefined;
    expect(run(name, head).proposal).toEqual({});
  });

  test.each(['pull-request', 'pull-request-of-a-fork'])('is isolated by GitHub in the run %s', (name) => {
    expect(run(name).proposal).toEqual({ isolated: '7' });
  });

  test.each<{ env: Readonly<Record<string, string>>; event?: unknown }>([
    { env: { GITHUB_EVENT_NAME: 'issue_comment' } },
    { env: { GITHUB_EVENT_NAME: 'pull_request_review' } },
    { env: { GITHUB_EVENT_NAME: 'an_event_of_tomorrow' } },
    { env: { GITHUB_EVENT_NAME: 'workflow_run' }, event: { workflow_run: { event: 'pull_request' } } },
    { env: { GITHUB_EVENT_NAME: 'workflow_run' }, event: {} },
    { env: { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/gh-readonly-queue/main/pr-7-abc' } },
  ])('may be built for $env $event', ({ env, event }) => {
    expect(isProposal(env, event)).toEqual({});
  });

  test('may be built if the checked-out commit differs from the run’s', () => {
    expect(isProposal({ GITHUB_EVENT_NAME: 'workflow_dispatch' }, {}, 'b'.repeat(40))).toEqual({});
    expect(isProposal({ GITHUB_EVENT_NAME: 'workflow_dispatch' }, {}, sha)).toBeUndefined();
  });
});

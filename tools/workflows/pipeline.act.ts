import { expect, test } from '@jest/globals';
import { team, withProvisionRole } from '@towpath/stage';
import { startGitHubApi } from '@towpath/testing/github-api';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkflowRun } from './act.ts';
import { judgeAtNight } from './nightly.ts';
import { builtBy, generateBefore, generatedFiles, push, simplify, type Image } from './pushes.ts';
import { begin, green, type Scene } from './scene.ts';

/** @throws Error with the log unless the gate failed the run */
function red(run: WorkflowRun): WorkflowRun {
  if (run.exitCode !== 0 && run.outputs.get('gate/gate/verdict') === 'fail') return run;
  throw new Error(`the gate did not fail:\n${run.log}`);
}

function promotion(version: string, environment: string) {
  return { event: 'workflow_dispatch', payload: { inputs: { version, environment } } };
}

/** The call of our workflow as docs/provision.md shows it. Production is in another account, so it needs a role there. */
async function addProvision({ checkout }: Scene): Promise<void> {
  const { folder } = checkout;
  const config = await readFile(join(folder, 'towpath.yaml'), 'utf8');
  await writeFile(join(folder, 'repositories.yaml'), withProvisionRole(config));
  await writeFile(
    join(folder, '.github/workflows/provision.yml'),
    `on: [pull_request, push, schedule]
jobs:
  provision:
    uses: towpath/towpath/.github/workflows/provision.yml@v1
    permissions: { contents: read, id-token: write, pull-requests: write }
    with:
      aws-region: us-east-1
      plan-role: arn:aws:iam::111122223333:role/payroll-provision-plan
      role: arn:aws:iam::111122223333:role/payroll-provision
      config: repositories.yaml
`,
  );
  await checkout.commit('Keep the repositories');
}

test('a push to main brings the images to dev, into repositories that provision planned and created', async () => {
  const scene = await begin({ repositories: 'none' });
  const { checkout, stage } = scene;
  await addProvision(scene);
  const api = await startGitHubApi('acme/payroll');
  const provision = async (event: string, payload: object = {}) => {
    const repository = { full_name: 'acme/payroll', default_branch: 'main' };
    const start = { event, payload: { repository, ...payload }, api: { url: api.url, token: 'job-token' } };
    const { jobs, outputs } = green(await scene.run('provision.yml', start));
    const done = [...jobs].flatMap(([name, result]) =>
      result === 'success' ? [(name.split('/').at(-1) ?? '').trim()] : [],
    );
    return { done, outputs };
  };
  try {
    const head = { ref: 'keep', repo: { full_name: 'acme/payroll' } };
    const planned = await provision('pull_request', { number: 7, pull_request: { number: 7, head } });
    expect(planned.done).toEqual(['Plan']);
    expect(api.comments.map(({ body }) => body)).toEqual([
      expect.stringContaining('Plan\\: 6 repositories to change'),
    ]);
    expect(await stage.shared.repository(`${team.prefix}/web`)).toBeUndefined();

    const applied = await provision('push', { ref: 'refs/heads/main' });
    expect(applied.done).toEqual(['Apply']);
    expect(applied.outputs.get('apply/provision/changed')).toBe('true');
    for (const account of [stage.shared, stage.prod])
      for (const name of [...team.images, 'towpath'])
        expect(await account.repository(`${team.prefix}/${name}`)).toMatchObject({
          imageTagMutability: 'IMMUTABLE',
        });

    const checked = await provision('schedule');
    expect(checked.done).toEqual(['Check']);
    expect(checked.outputs.get('check/provision/changed')).toBe('false');
    expect(api.comments).toHaveLength(1);
  } finally {
    await api.close();
  }

  const revision = await checkout.revision();

  const run = green(await push(scene));
  const { jobs, summaries } = run;

  expect([...jobs.values()]).toEqual(['success', 'success', 'success']);
  const images = builtBy(run);
  expect(images.map(({ name }) => name)).toEqual(team.images);
  for (const { name, digest } of images) {
    const repository = `${team.prefix}/${name}`;
    expect(await stage.shared.tags(repository)).toEqual([`build-${revision}`, `dev-${revision}`]);
    expect(await stage.shared.digestOf(repository, `build-${revision}`)).toBe(digest);
    expect(await stage.shared.digestOf(repository, `dev-${revision}`)).toBe(digest);
    expect(await stage.prod.tags(repository)).toEqual([]);
  }
  expect(scene.artifacts).toMatchObject([{ name: expect.stringMatching(/^image-set-\w+-1$/) as unknown }]);
  // Three summaries, of build, publish and promote. Each names every image.
  expect(summaries).toHaveLength(3);
  for (const summary of summaries) for (const { name } of images) expect(summary).toContain(name);
});

test('a version is promoted from a new checkout after an image was added to the configuration', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const version = await checkout.revision();
  green(await push(scene));

  await writeFile(
    join(checkout.folder, 'towpath.yaml'),
    `registry: ssm:/account/ecr/main/registry
images:
  reconcile: { context: job }
  web: { context: web, platforms: [linux/amd64, linux/arm64] }
  mailer: { context: job }
environments:
  dev: { from: build }
  test: { from: dev }
  prod: { from: test, registry: ${stage.prod.host}, gate: { fail-on: high } }
gate: { fail-on: critical }
`,
  );
  await checkout.commit('Send mail, too');
  green(await scene.run('promote.yml', promotion(version, 'test')));
  const { outputs, summaries } = green(await scene.run('promote.yml', promotion(version, 'prod')));

  const images = JSON.parse(outputs.get('promote/promote/images') ?? '[]') as Image[];
  expect(images.map(({ name }) => name)).toEqual(team.images);
  for (const { name, digest } of images) {
    const repository = `${team.prefix}/${name}`;
    expect(await stage.shared.digestOf(repository, `build-${version}`)).toBe(digest);
    expect(await stage.shared.digestOf(repository, `test-${version}`)).toBe(digest);
    expect(await stage.prod.tags(repository)).toEqual([`prod-${version}`]);
    expect(await stage.prod.digestOf(repository, `prod-${version}`)).toBe(digest);
    expect(summaries.join('\n')).toContain(digest.slice('sha256:'.length, 'sha256:'.length + 12));
  }
  // Only the artifact of the pipeline.
  expect(scene.artifacts).toHaveLength(1);
});

test('a second attempt of a run has nothing left to do', async () => {
  const scene = await begin();
  const { checkout, stage } = scene;
  const revision = await checkout.revision();
  const first = green(await push(scene));

  const second = green(await push(scene, 2));

  // The attestations contain the time of the build; the images are the same.
  const [before, after] = [first, second].map((run) => builtBy(run).map(({ digest }) => digest));
  expect(before).toHaveLength(team.images.length);
  expect(after).toEqual(before);
  expect(await stage.shared.tags(`${team.prefix}/web`)).toEqual([`build-${revision}`, `dev-${revision}`]);
  expect(scene.artifacts.map(({ name }) => name.replace(/\w+(?=-\d$)/, 'SET'))).toEqual([
    'image-set-SET-1',
    'image-set-SET-2',
  ]);
});

/** Adds the job of docs/workflows.md that uploads the findings of the pipeline. */
async function uploadFindings({ checkout }: Scene): Promise<void> {
  const main = join(checkout.folder, '.github/workflows/main.yml');
  await appendFile(
    main,
    `  code-scanning:
    needs: deliver
    if: \${{ !cancelled() && needs.deliver.outputs.sarif != '' }}
    uses: towpath/towpath/.github/workflows/upload-sarif.yml@v1
    permissions: { contents: read, actions: read, security-events: write }
    with:
      artifact: \${{ needs.deliver.outputs.sarif }}
`,
  );
  await checkout.commit('Show the findings in code scanning');
}

test('the pipeline builds with the files of an earlier job, promotes to the first environment, and its findings are in code scanning and are judged at night', async () => {
  const scene = await begin();
  await simplify(scene, { platforms: 'linux/arm64', version: '1.4.0', sarif: 'true', ...generatedFiles });
  await generateBefore(scene, 'plain');
  await uploadFindings(scene);
  const find = (severity: string, ...ids: readonly string[]) =>
    scene.stage.emulator.setFindings({
      [`${team.prefix}/web:build-1.4.0`]: {
        findings: ids.map((name) => ({ name, severity, description: 'A heap overflow.', attributes: [] })),
      },
    });
  await find('LOW', 'CVE-2026-1000');

  const { jobs, outputs } = green(await push(scene));

  expect([...jobs.values()]).toEqual(['success', 'success', 'success', 'success', 'success']);
  expect(outputs.get('build/build/images')).toContain('linux/arm64');
  expect(JSON.parse(outputs.get('upload/upload/uploaded') ?? '')).toEqual([
    ['towpath/staging/reconcile/'],
    ['towpath/staging/web/', 'CVE-2026-1000'],
  ]);
  for (const name of team.images)
    expect(await scene.stage.shared.tags(`${team.prefix}/${name}`)).toEqual(['build-1.4.0', 'staging-1.4.0']);

  const github = await startGitHubApi('acme/payroll');
  try {
    await find('CRITICAL', 'CVE-2026-1111');
    red(await judgeAtNight(scene, github, 'staging', 0));
    const [opened] = github.issues;
    expect(opened).toMatchObject({ state: 'open', title: 'The images of staging do not pass the gate' });
    expect(opened?.body).toMatch(/CVE.{1,2}2026.{1,2}1111/);

    await find('CRITICAL', 'CVE-2026-1111', 'CVE-2026-2222');
    const { outputs: second } = red(await judgeAtNight(scene, github, 'staging', 1));
    // Only what the report of the last run does not list fails again.
    expect(second.get('gate/gate/problems')).toMatch(/not allow: CVE-2026-2222\./);
    expect(github.issues).toHaveLength(1);
    expect(opened?.body).toMatch(/CVE.{1,2}2026.{1,2}2222/);
    expect(github.comments.map(({ body }) => body)).toEqual([expect.stringContaining('web: CVE-2026-2222')]);
  } finally {
    await github.close();
  }
});

test('an environment that no new version can enter fails the run before anything is published', async () => {
  const scene = await begin();
  await simplify(scene, { environment: 'prod' });

  const { exitCode, log } = await push(scene);

  expect(exitCode).not.toBe(0);
  expect(log).toContain('Set environment: staging');
  for (const name of team.images) expect(await scene.stage.shared.tags(`${team.prefix}/${name}`)).toEqual([]);
});

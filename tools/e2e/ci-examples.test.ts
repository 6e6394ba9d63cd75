import { expect, jest, test } from '@jest/globals';
import { readJenkinsfile } from '@towpath/docs/jenkinsfile';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { begin, type Scene } from './scene.ts';

/** Runs the commands that the examples and pages show, with the packed command line and no other one. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const digest = /@sha256:[0-9a-f]{64}$/;
jest.setTimeout(300_000);

type Variables = Readonly<Record<string, string | undefined>>;

/** What the commands of a CI system run on: no variables of GitHub, and a prefix of npm in which nothing is installed. */
interface Machine {
  readonly temp: string;
  readonly env: Variables;
  readonly scene: Scene;
}

async function machine(): Promise<Machine> {
  const scene = await begin();
  const { stage, temp } = scene;
  mkdirSync(temp, { recursive: true });
  const dist = join(root, 'packages/cli/dist');
  const pack = ['pack', '--silent', '--pack-destination', temp, dist];
  const tarball = spawnSync('npm', pack, { encoding: 'utf8', env: offline(stage.env, temp) }).stdout.trim();
  const inherited = Object.entries(stage.env).filter(([name]) => !/^(?:GITHUB|RUNNER|INPUT)_/.test(name));
  const env = {
    ...offline(Object.fromEntries(inherited), temp),
    CI: undefined,
    PATH: `${join(temp, 'prefix/bin')}:${stage.env.PATH ?? ''}`,
    TOWPATH_PACKAGE: join(temp, tarball),
  };
  return { temp, env, scene };
}

function offline(env: Variables, temp: string): NodeJS.ProcessEnv {
  return {
    ...env,
    npm_config_prefix: join(temp, 'prefix'),
    npm_config_cache: join(temp, 'npm'),
    ...{ npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' },
  };
}

/**
 * Runs commands in one shell, as CodeBuild and GitLab do.
 *
 * @throws Error with the output if one of them fails
 */
function sh(commands: readonly string[], cwd: string, env: Variables): void {
  const { status, stdout, stderr } = spawnSync('bash', ['-e'], {
    ...{ cwd, env, encoding: 'utf8', timeout: 200_000 },
    input: commands.join('\n'),
  });
  if (status !== 0) throw new Error(`the commands ended with ${status ?? 'a signal'}:\n${stdout}${stderr}`);
}

interface Buildspec {
  readonly env: { readonly variables: Variables };
  readonly phases: Readonly<Record<string, { readonly commands: readonly string[] }>>;
  readonly reports?: Readonly<Record<string, FileSet>>;
  readonly artifacts?: FileSet;
}

interface FileSet {
  readonly 'base-directory': string;
  readonly files: readonly string[];
}

/** Runs the phases of a buildspec with the variables of the project, and requires its reports and artifacts. */
function codeBuild(file: string, cwd: string, env: Variables): void {
  const {
    env: own,
    phases,
    reports = {},
    artifacts,
  } = parse(readFileSync(join(cwd, file), 'utf8')) as Buildspec;
  const names = ['install', 'pre_build', 'build', 'post_build'];
  sh(
    names.flatMap((name) => phases[name]?.commands ?? []),
    cwd,
    { ...own.variables, ...env },
  );
  for (const set of [...Object.values(reports), ...(artifacts === undefined ? [] : [artifacts])]) {
    const found = readdirSync(join(cwd, set['base-directory']));
    for (const name of set.files) if (!name.includes('*')) expect(found).toContain(name);
    expect(found).not.toEqual([]);
  }
}

/** Returns a copy of an example. */
function copy(example: string, temp: string): string {
  const folder = join(temp, example);
  cpSync(join(root, 'examples', example), folder, { recursive: true });
  return folder;
}

test('the commands of the examples reach production under the variables of CodeBuild, CodePipeline, Jenkins and GitLab', async () => {
  const { temp, env, scene } = await machine();
  const { shared } = scene.stage;

  // The source of CodePipeline is an archive in S3: there is no clone, no commit and no branch.
  const build = {
    ...env,
    CODEBUILD_BUILD_ID: 'server:0a1b2c3d-0000-4000-8000-000000000000',
    CODEBUILD_BUILD_NUMBER: '7',
    CODEBUILD_SOURCE_VERSION: 'arn:aws:s3:::codepipeline-us-east-1-111122223333/server/source/abc.zip',
    CODEBUILD_SOURCE_REPO_URL: '',
    AWS_ACCOUNT_ID: shared.id,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_REGION: 'us-east-1',
  };
  await shared.createRepository('demo/server', 'MUTABLE');
  await shared.createRepository('towpath');
  const server = copy('codebuild', temp);
  // No compiler can be pulled here. The other examples are built with stand-ins.
  writeFileSync(
    join(server, 'Dockerfile'),
    'FROM scratch AS build\nCOPY cmd /out\nFROM scratch\nCOPY --from=build /out /\n',
  );
  const project = { ...build, IMAGE_REPO_NAME: 'demo/server', IMAGE_TAG: 'latest' };
  codeBuild('buildspec.yml', server, project);
  const published = (await shared.digestOf('demo/server', '1.0.7')) ?? '';
  expect(await shared.digestOf('demo/server', 'latest')).toBe(published);
  expect(readFileSync(join(server, 'reports/gate.xml'), 'utf8')).toMatch(/<testsuite[^>]* failures="0"/);
  expect(JSON.parse(readFileSync(join(server, 'deploy/imageDetail.json'), 'utf8'))).toEqual({
    ImageURI: `${shared.host}/demo/server@${published}`,
  });
  // Without privileged mode, and in a pipeline: a BuildKit elsewhere, and the execution as the version.
  const execution = 'f6a2c1de-1111-4222-8333-444455556666';
  const { stdout: address } = spawnSync(
    'docker',
    ['buildx', 'inspect', '--format', '{{range .Nodes}}{{.Endpoint}}{{end}}'],
    { encoding: 'utf8', env: build },
  );
  codeBuild('buildspec.yml', server, {
    ...project,
    ...{ IMAGE_TAG: '', DESTINATION_TAG: execution, BUILDKIT_ADDRESS: address.trim() },
  });
  expect(await shared.digestOf('demo/server', execution)).toBe(published);
  expect(await shared.digestOf('demo/server', 'latest')).toBe(published);

  for (const ENVIRONMENT of ['test', 'prod'])
    codeBuild('buildspec-promote.yml', server, { ...build, VERSION: '1.0.7', ENVIRONMENT });
  expect(await shared.digestOf('demo/server', 'prod-1.0.7')).toBe(published);

  const web = copy('codepipeline', temp);
  for (const [file, ENVIRONMENT] of [
    ['buildspec-build.yml'],
    ['buildspec-gate.yml', 'test'],
    ['buildspec-promote.yml', 'test'],
    ['buildspec-promote.yml', 'prod'],
  ] as const)
    codeBuild(file, web, { ...build, DESTINATION_TAG: execution, ENVIRONMENT });
  expect(await shared.digestOf('payroll/web', `prod-${execution}`)).toBe(
    await shared.digestOf('payroll/web', `build-${execution}`),
  );
  expect(JSON.parse(readFileSync(join(web, 'deploy/imagedefinitions.json'), 'utf8'))).toEqual([
    { name: 'web', imageUri: expect.stringMatching(digest) as unknown },
  ]);

  // Each step in a shell of its own.
  const pipelines = [
    { file: 'Jenkinsfile', ENVIRONMENT: 'test' },
    { file: 'Jenkinsfile.promote', ENVIRONMENT: 'prod' },
  ];
  for (const { file, ENVIRONMENT } of pipelines) {
    const text = readFileSync(join(root, 'examples/jenkins', file), 'utf8');
    const { environment, assigned, steps } = await readJenkinsfile(text);
    const variables: Record<string, string | undefined> = {
      ...{ ...env, ...environment, TOWPATH_PACKAGE: env.TOWPATH_PACKAGE },
      ...{ JENKINS_URL: 'https://ci.example/', BUILD_ID: '12', GIT_BRANCH: 'origin/main' },
      ...{ VERSION: '12-1769903999', WORKSPACE_TMP: join(temp, 'web@tmp'), ENVIRONMENT },
    };
    delete variables.npm_config_prefix;
    const PATH = assigned.PATH?.replace(/\$\{env\.(\w+)\}/g, (_, name: string) =>
      name === 'PATH' ? (scene.stage.env.PATH ?? '') : (variables[name] ?? ''),
    );
    for (const { command } of steps) sh([command], web, { ...variables, PATH });
  }
  expect(existsSync(join(web, 'reports/gate.xml'))).toBe(true);

  const page = readFileSync(join(root, 'docs/gitlab.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n(# \.gitlab-ci\.yml\n[^]*?)```/.exec(page) ?? [];
  const jobs = parse(yaml) as Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  const gitlab = {
    ...{ ...env, GITLAB_CI: 'true', CI: 'true', CI_PIPELINE_ID: '345', CI_JOB_ID: '6789' },
    ...{ CI_COMMIT_BRANCH: 'main', CI_PIPELINE_SOURCE: 'push' },
    ...{ VERSION: '0a1b2c3d-345', BUILDKIT_ADDRESS: address.trim() },
  };
  for (const name of ['build', 'publish', 'promote-test', 'promote-prod']) {
    const script = jobs[name]?.script ?? [];
    expect(script).not.toEqual([]);
    sh(script, web, gitlab);
  }
  // Without a clone there is no base, so every image counts as changed.
  const [, changed = ''] = /```yaml\n(\.changed:\n[^]*?)```/.exec(page) ?? [];
  const only = parse(changed, { logLevel: 'silent' }) as typeof jobs;
  sh([...(only['.changed']?.script ?? []), 'test "$IMAGES" = web'], web, gitlab);
  for (const version of ['12-1769903999', '0a1b2c3d-345'])
    expect(await shared.digestOf('payroll/web', `prod-${version}`)).toBe(
      await shared.digestOf('payroll/web', `build-${version}`),
    );
});

test('the commands of the page for a start bring a Dockerfile in an empty folder to production', async () => {
  const { temp, env, scene } = await machine();
  const folder = join(temp, 'web');
  mkdirSync(folder);
  const page = readFileSync(join(root, 'docs/start.md'), 'utf8');
  const text = page.replace(/^## Install the command line\n[^]*?(?=^## )/m, '');
  const blocks = Array.from(text.matchAll(/^```(\w+)\n([^]*?)^```/gm), ([, language, code = '']) => ({
    language,
    code,
  }));
  const [dockerfile] = blocks.filter(({ language }) => language === 'dockerfile');
  // No public image can be pulled here.
  writeFileSync(join(folder, 'Dockerfile'), dockerfile?.code.replace(/^FROM .*/, 'FROM scratch') ?? '');
  writeFileSync(join(folder, 'index.html'), 'Hello\n');
  const commands = blocks.filter(({ language }) => language === 'sh').map(({ code }) => code);
  expect(commands).toHaveLength(2);
  sh(['npm install --global "$TOWPATH_PACKAGE"', ...commands], folder, env);
  const { shared } = scene.stage;
  const built = await shared.digestOf('payroll/web', 'build-1.0.0');
  expect(await shared.digestOf('payroll/web', 'prod-1.0.0')).toBe(built);

  // The context of the image is the folder, in which the image set is. Without a .dockerignore the next build is the same.
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY . /\n');
  const digests = ['a', 'b'].map((name) => {
    sh([`rm -rf .dockerignore; towpath build --json --quiet > ../${name}.json`], folder, env);
    const { outputs } = JSON.parse(readFileSync(join(temp, `${name}.json`), 'utf8')) as {
      outputs: { digests: Record<string, string> };
    };
    return outputs.digests.web;
  });
  expect(digests[0]).toMatch(/^sha256:/);
  expect(digests[1]).toBe(digests[0]);
});

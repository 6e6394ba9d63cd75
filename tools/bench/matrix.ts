import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, measure } from './measure.ts';

const bundle = fileURLToPath(new URL('../../actions/matrix/dist/index.js', import.meta.url));
const [images, filesPerImage] = [200, 500];

/** Planning the jobs of a change in a repository with 200 images and 100,000 files, next to what git alone takes. */
export async function benchMatrix(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-bench-'));
  try {
    const workspace = join(folder, 'repository');
    commitRepository(workspace);
    const env = {
      GITHUB_WORKSPACE: workspace,
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
    };
    for (const path of [env.GITHUB_OUTPUT, env.GITHUB_STEP_SUMMARY]) writeFileSync(path, '');
    const plan = (base: string) => () =>
      measure([{ program: process.execPath, args: [bundle], env: { ...env, INPUT_BASE: base } }]);
    const args = ['-C', workspace, 'diff-tree', '-r', '--name-only', 'one', 'HEAD'];
    await compare(
      'Plan the jobs of a repository with 200 images and 100,000 files',
      [
        { name: 'towpath, one file changed', run: plan('one') },
        { name: 'towpath, all files changed', run: plan('all') },
        { name: 'git diff-tree, one file changed', run: () => measure([{ program: 'git', args }]) },
      ],
      rounds,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Commits the repository, with a tag for the commit before all files and one for the commit before one file. */
function commitRepository(workspace: string): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  };
  const person = ['-c', 'user.name=Towpath', '-c', 'user.email=towpath@example.com'];
  const git = (...args: readonly string[]) => {
    execFileSync('git', [...person, '-c', 'gc.auto=0', ...args], { cwd: workspace, stdio: 'ignore' });
  };
  const commit = (message: string) => {
    git('add', '--all');
    git('commit', '--quiet', `--message=${message}`);
  };
  const names = Array.from({ length: images }, (_, index) => `image-${index}`);
  const entries = names.map(
    (name) => `  ${name}: { context: ${name}, platforms: [linux/amd64, linux/arm64] }\n`,
  );
  write('towpath.yaml', `images:\n${entries.join('')}`);
  for (const name of names) write(`${name}/Dockerfile`, 'FROM scratch\nCOPY . /\n');
  git('init', '--quiet');
  commit('Dockerfiles');
  git('tag', 'all');
  for (const name of names)
    for (let file = 0; file < filesPerImage; file += 1)
      write(`${name}/src/${file % 10}/${file}.txt`, `${name} ${file}`);
  commit('Files');
  git('tag', 'one');
  write('image-7/src/changed.txt', 'changed');
  commit('One file');
}

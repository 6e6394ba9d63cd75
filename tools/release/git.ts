import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A repository on this machine. */
export class Repository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Runs git.
   *
   * @returns what it prints, without the last line end
   * @throws Error with what it says
   */
  async git(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const options = { cwd: this.folder, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
    return (await promisify(execFile)('git', args, options)).stdout.replace(/\n$/, '');
  }

  async text(commit: string, path: string): Promise<string> {
    return `${await this.git(['show', `${commit}:${path}`])}\n`;
  }

  /** Paths of a commit below a folder, or those that match. */
  async paths(commit: string, ...below: readonly string[]): Promise<readonly string[]> {
    const listed = await this.git(['ls-tree', '-r', '--name-only', commit, '--', ...below]);
    return listed === '' ? [] : listed.split('\n');
  }

  /**
   * Makes a commit upon another without touching the working tree. Its dates are those of its parent, so that the same
   * change upon the same commit is the same commit.
   *
   * @param change contents by path; undefined removes
   * @returns its id
   */
  async commitUpon(
    parent: string,
    message: string,
    change: ReadonlyMap<string, Uint8Array | string | undefined>,
  ): Promise<string> {
    const temp = await mkdtemp(join(tmpdir(), 'towpath-commit-'));
    try {
      const env = { GIT_INDEX_FILE: join(temp, 'index') };
      await this.git(['read-tree', parent], env);
      for (const [path, content] of change) await this.#stage(path, content, temp, env);
      const tree = await this.git(['write-tree'], env);
      const date = await this.git(['show', '--no-patch', '--format=%cI', parent]);
      const dates = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
      return await this.git(['commit-tree', tree, '-p', parent, '-m', message], dates);
    } finally {
      await rm(temp, { recursive: true });
    }
  }

  async #stage(
    path: string,
    content: Uint8Array | string | undefined,
    temp: string,
    env: { GIT_INDEX_FILE: string },
  ): Promise<void> {
    if (content === undefined) {
      await this.git(['rm', '--cached', '--quiet', '--', path], env);
      return;
    }
    const file = join(temp, 'content');
    await writeFile(file, content);
    const blob = await this.git(['hash-object', '-w', '--no-filters', file]);
    await this.git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], env);
  }
}

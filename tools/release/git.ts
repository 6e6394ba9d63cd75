import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A local Git repository. */
export class Repository {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Runs git.
   *
   * @returns its output without the final newline
   * @throws Error with its error output
   */
  async git(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const options = { cwd: this.folder, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 };
    return (await promisify(execFile)('git', args, options)).stdout.replace(/\n$/, '');
  }

  async text(commit: string, path: string): Promise<string> {
    return `${await this.git(['show', `${commit}:${path}`])}\n`;
  }

  /** Returns the paths in a commit that are below a folder or match a pattern. */
  async paths(commit: string, ...below: readonly string[]): Promise<readonly string[]> {
    const listed = await this.git(['ls-tree', '-r', '--name-only', commit, '--', ...below]);
    return listed === '' ? [] : listed.split('\n');
  }

  /**
   * Creates a commit on top of another without changing the working tree. It has the dates of its parent, so the
   * same change on the same commit always gives the same commit ID.
   *
   * @param change contents by path; undefined removes the file
   * @returns the commit ID
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

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Repository } from './git.ts';
import { Refusal } from './refusal.ts';
import { makeRelease, pushRelease, type Release } from './release.ts';
import { verifyRelease } from './verify.ts';

const pin = '3d3c42e5aac5ba805825da76410c181273ba90b1';

/** A small repository with the structure of ours. */
const files: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "towpath", "version": "1.3.0", "repository": "github:towpath/towpath" }\n',
  'package-lock.json': '{ "version": "1.3.0", "packages": { "": { "version": "1.3.0" } } }\n',
  'CHANGELOG.md': '# Changelog\n\n## 1.3.0 (2026-10-01)\n\n- It scans.\n',
  '.changeset/config.json': '{}\n',
  '.changeset/quick-fox.md': '---\ntowpath: patch\n---\n\nIt is quicker.\n',
  '.changeset/new-door.md': '---\ntowpath: minor\n---\n\nIt opens.\n',
  '.gitignore': 'dist/\n',
  'actions/publish/action.yml': 'name: Publish\n',
  'actions/publish/package.json': '{ "towpath": { "bundleBudget": 100000 } }\n',
  'actions/publish/source.txt': 'publish by digest\n',
  '.github/workflows/pipeline.yml': `on: workflow_call
jobs:
  publish:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@${pin} # v7.0.1
      - uses: towpath/towpath/actions/publish@main
`,
};

let folder: string;
let repository: Repository;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'towpath-release-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  repository = await makeRepository(await mkdtemp(join(folder, 'source-')), files);
});

async function makeRepository(root: string, content: typeof files): Promise<Repository> {
  await write(root, content);
  const made = new Repository(root);
  await made.git(['init', '--quiet', '--initial-branch=main']);
  await made.git(['config', 'user.name', 'Towpath']);
  await made.git(['config', 'user.email', 'towpath@example.com']);
  await commit(made);
  return made;
}

async function write(root: string, content: typeof files): Promise<void> {
  for (const [path, text] of Object.entries(content)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

async function commit(made: Repository): Promise<void> {
  await made.git(['add', '--all']);
  await made.git(['commit', '--quiet', '--message=Something']);
}

/** Replaces ncc: the bundle is a copy of the sources. */
async function bundle(root: string): Promise<void> {
  const source = await readFile(join(root, 'actions/publish/source.txt'), 'utf8');
  await write(root, {
    'actions/publish/dist/index.js': `console.log(${JSON.stringify(source)});\n`,
    'actions/publish/dist/licences.txt': 'none\n',
  });
}

const release = (version?: string, tags: readonly string[] = []): Promise<Release> =>
  makeRelease(repository, bundle, version, tags);

async function bareRepository(): Promise<Repository> {
  const bare = new Repository(await mkdtemp(join(folder, 'bare-')));
  await bare.git(['init', '--quiet', '--bare', '--initial-branch=main']);
  return bare;
}

describe('a release', () => {
  test('is three commits: the version on main, then the bundles, then our own workflows pinned to the bundles', async () => {
    const { main, dist, tagged, version } = await release();
    expect(version).toBe('1.4.0');
    expect(await repository.git(['diff', '--name-status', 'HEAD', main])).toBe(
      'D\t.changeset/new-door.md\nD\t.changeset/quick-fox.md\nM\tCHANGELOG.md\nM\tpackage-lock.json\nM\tpackage.json',
    );
    expect(await repository.git(['diff', '--name-status', main, dist])).toBe(
      'A\tactions/publish/dist/index.js\nA\tactions/publish/dist/licences.txt',
    );
    expect(await repository.git(['diff', '--unified=0', dist, tagged])).toContain(
      `-      - uses: towpath/towpath/actions/publish@main\n+      - uses: towpath/towpath/actions/publish@${dist} # v1.4.0`,
    );
  });

  test('adds the changes to the changelog, the most significant first', async () => {
    const { main } = await release();
    const date = await repository.git(['show', '--no-patch', '--format=%cs', 'HEAD']);
    expect(await repository.text(main, 'CHANGELOG.md')).toBe(
      `# Changelog\n\n## 1.4.0 (${date})\n\n- It opens.\n- It is quicker.\n\n## 1.3.0 (2026-10-01)\n\n- It scans.\n`,
    );
    expect(JSON.parse(await repository.text(main, 'package-lock.json'))).toEqual({
      version: '1.4.0',
      packages: { '': { version: '1.4.0' } },
    });
  });

  test('removes the note about the missing release from the README, and only once', async () => {
    const note = '<!-- unreleased -->\n\n> Not released.\n\n<!-- /unreleased -->\n\n';
    await write(repository.folder, { 'README.md': `# Towpath\n\n${note}Text.\n` });
    await commit(repository);
    const { main } = await release();
    expect(await repository.text(main, 'README.md')).toBe('# Towpath\n\nText.\n');
    await repository.git(['checkout', '--quiet', '-B', 'main', main]);
    const next = await release('1.5.0');
    expect(await repository.text(next.main, 'README.md')).toBe('# Towpath\n\nText.\n');
  });

  test('made twice from the same commit in two folders is identical byte for byte', async () => {
    const clone = new Repository(join(folder, 'clone'));
    await repository.git(['clone', '--quiet', repository.folder, clone.folder]);
    await clone.git(['config', 'user.name', 'Towpath']);
    await clone.git(['config', 'user.email', 'towpath@example.com']);
    const first = await release();
    const second = await makeRelease(clone, bundle, undefined, []);
    expect(second).toEqual(first);
  });

  test('does not change the branch, the tags or the working tree', async () => {
    const before = await repository.git(['show-ref']);
    await release();
    expect(await repository.git(['show-ref'])).toBe(before);
    expect(await repository.git(['status', '--porcelain'])).toBe('');
  });

  test('is pushed atomically: main, its tag and the moving tag of its major version', async () => {
    const bare = await bareRepository();
    const first = await release();
    await pushRelease(repository, first, bare.folder);
    expect(await refs(bare)).toEqual({
      'refs/heads/main': first.main,
      'refs/tags/v1': first.tagged,
      'refs/tags/v1.4.0': first.tagged,
    });

    await repository.git(['pull', '--quiet', bare.folder, 'main']);
    await write(repository.folder, { '.changeset/a.md': '---\ntowpath: patch\n---\n\nMended.\n' });
    await commit(repository);
    const second = await release(undefined, ['v1', 'v1.4.0']);
    await pushRelease(repository, second, bare.folder);
    expect(await refs(bare)).toMatchObject({
      'refs/tags/v1': second.tagged,
      'refs/tags/v1.4.0': first.tagged,
      'refs/tags/v1.4.1': second.tagged,
    });
  });

  test('never moves the tag of a version, even if the local tags are out of date', async () => {
    const bare = await bareRepository();
    const first = await release();
    await pushRelease(repository, first, bare.folder);
    await write(repository.folder, { 'actions/publish/source.txt': 'otherwise\n' });
    await commit(repository);
    const other = await release('1.4.0');
    await expect(pushRelease(repository, other, bare.folder)).rejects.toThrow('rejected');
    expect(await refs(bare)).toMatchObject({
      'refs/heads/main': first.main,
      'refs/tags/v1.4.0': first.tagged,
    });
  });
});

async function refs(bare: Repository): Promise<Record<string, string>> {
  const lines = (await bare.git(['show-ref'])).split('\n').map((line) => line.split(' '));
  return Object.fromEntries(lines.map(([id = '', name = '']) => [name, id]));
}

describe('a problem that prevents a release', () => {
  const workflow = '.github/workflows/pipeline.yml';

  test.each<{ what: string; change: typeof files; committed?: boolean; tags?: string[]; says: string[] }>([
    {
      what: 'an uncommitted change',
      change: { 'actions/publish/source.txt': 'half of it\n' },
      committed: false,
      says: ['The working tree has changes.'],
    },
    { what: 'a version that already exists', change: {}, tags: ['v1.4.0'], says: ['v1.4.0 already exists.'] },
    {
      what: 'a later version of the same major version',
      change: {},
      tags: ['v1.5.0', 'v1', 'v2.0.0'],
      says: ['v1.5.0 is higher than 1.4.0.'],
    },
    {
      what: 'a third-party action without a pin',
      change: { [workflow]: 'jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v7\n' },
      says: [`${workflow}:4: actions/checkout@v7 is not pinned to a commit.`],
    },
    {
      what: 'a pin without a version comment',
      change: { [workflow]: `jobs:\n  a:\n    steps:\n      - uses: actions/checkout@${pin}\n` },
      says: [`${workflow}:4: actions/checkout@${pin} is not pinned to a commit.`],
    },
    {
      what: 'several problems at once',
      change: { [workflow]: 'jobs:\n  a:\n    steps:\n      - uses: a/b@v1\n      - uses: c/d@main\n' },
      tags: ['v1.4.0'],
      says: ['v1.4.0 already exists.', 'a/b@v1 is not pinned', 'c/d@main is not pinned'],
    },
    {
      what: 'an action without a bundle',
      change: { 'actions/promote/action.yml': 'name: Promote\n' },
      says: ['actions/promote has no bundle.'],
    },
    {
      what: 'a bundle above its budget',
      change: { 'actions/publish/source.txt': 'x'.repeat(2_000_000) },
      says: ['The bundle of publish has 1.91 MiB'],
    },
    {
      what: 'an action without a budget',
      change: { 'actions/publish/package.json': '{}' },
      says: ['actions/publish/package.json sets no budget'],
    },
    {
      what: 'empty changesets',
      change: { '.changeset/quick-fox.md': '', '.changeset/new-door.md': '' },
      says: ['There are no changesets since 1.3.0.'],
    },
  ])('$what', async ({ change, committed = true, tags = [], says }) => {
    for (const [path, text] of Object.entries(change)) {
      await rm(join(repository.folder, path), { force: true });
      if (text !== '') await write(repository.folder, { [path]: text });
    }
    if (committed && Object.keys(change).length > 0) await commit(repository);
    const before = await repository.git(['show-ref']);

    const refused: unknown = await release(undefined, tags).catch((error: unknown) => error);

    expect(refused).toBeInstanceOf(Refusal);
    for (const line of says) expect((refused as Refusal).message).toContain(line);
    expect((refused as Refusal).obstacles).toHaveLength(says.length);
    expect(await repository.git(['show-ref'])).toBe(before);
  });

  test('another branch', async () => {
    await repository.git(['checkout', '--quiet', '-b', 'feature']);
    await expect(release()).rejects.toThrow('The branch feature is checked out, not main.');
  });

  test('an invalid version', async () => {
    await expect(release('newest')).rejects.toThrow('"newest" is not a version.');
  });

  test('bundles that are tracked on main', async () => {
    await bundle(repository.folder);
    await repository.git(['add', '--force', 'actions/publish/dist/index.js']);
    await repository.git(['commit', '--quiet', '--message=Bundle']);
    await expect(release()).rejects.toThrow('git tracks actions/publish/dist/index.js on main.');
  });
});

describe('the verification of a release', () => {
  async function verified(tagged: string): Promise<readonly string[]> {
    await repository.git(['tag', '--force', 'v1.4.0', tagged]);
    return verifyRelease(repository, 'v1.4.0', bundle);
  }

  test('reports nothing for an unmodified release', async () => {
    expect(await verified((await release()).tagged)).toEqual([]);
  });

  test.each([
    ['actions/publish/dist/index.js', 'steal();\n'],
    ['actions/publish/dist/more.js', 'steal();\n'],
    ['actions/publish/action.yml', 'name: Other\n'],
    ['actions/publish/dist/licences.txt', undefined],
  ])('reports an edited, added or removed %s in the commit of the bundles', async (path, content) => {
    const { dist, tagged } = await release();
    const edited = await repository.commitUpon(dist, 'Edit', new Map([[path, content]]));
    const tree = await repository.git(['rev-parse', `${edited}^{tree}`]);
    const main = await repository.git(['rev-parse', `${dist}^`]);
    const [parent, tip] = [await graft(tree, main), await repository.git(['rev-parse', `${tagged}^{tree}`])];
    expect(await verified(await graft(tip, parent))).toContain(path);
  });

  test('reports a workflow that is pinned to another commit', async () => {
    const { dist } = await release();
    const workflow = '.github/workflows/pipeline.yml';
    const text = (await repository.text(dist, workflow)).replace('@main', `@${'0'.repeat(40)} # v1.4.0`);
    const tagged = await repository.commitUpon(dist, 'Pin', new Map([[workflow, text]]));
    expect(await verified(tagged)).toEqual([workflow]);
  });

  /** Creates a commit of a tree on top of another commit. */
  function graft(tree: string, parent: string): Promise<string> {
    return repository.git(['commit-tree', tree, '-p', parent, '-m', 'Graft']);
  }
});

test('the command fails with status 1 and all problems', async () => {
  await write(repository.folder, { 'actions/publish/source.txt': 'half of it\n' });
  const main = join(import.meta.dirname, 'main.ts');
  let failure = { status: 0, stderr: '' };
  try {
    execFileSync(process.execPath, [main, '--dry-run', '--version', 'newest'], {
      cwd: repository.folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    failure = error as typeof failure;
  }
  expect(failure.status).toBe(1);
  expect(failure.stderr).toBe('"newest" is not a version. Give a version such as 1.4.0.\n');
});

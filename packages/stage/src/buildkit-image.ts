import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A BuildKit image in the local Docker, and its name. */
export interface BuildkitImage extends AsyncDisposable {
  readonly name: string;
}

/**
 * Builds a replacement for the moby/buildkit image from local programs and loads it into Docker, because the tests
 * cannot rely on an image registry.
 *
 * @param name of the image in Docker
 */
export async function makeBuildkitImage(
  name = `towpath-stage/buildkit:${process.pid}`,
): Promise<BuildkitImage> {
  const folder = await mkdtemp(join(tmpdir(), 'buildkit-image-'));
  try {
    const root = join(folder, 'root');
    for (const path of ['run', 'tmp', 'etc']) await mkdir(join(root, path), { recursive: true });
    for (const program of ['buildkitd', 'buildctl', 'runc']) await bring(await find(program), root);
    const tar = join(folder, 'root.tar');
    await run('tar', ['-C', root, '-cf', tar, '.']);
    await run('docker', ['import', '--change', 'ENTRYPOINT ["buildkitd"]', tar, name]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    name,
    [Symbol.asyncDispose]: async () => {
      await run('docker', ['rmi', '--force', name]);
    },
  };
}

/** Finds a program, also in `/usr/sbin`, where Debian has runc and which is not on every PATH. */
async function find(program: string): Promise<string> {
  const PATH = [process.env.PATH, '/usr/sbin'].join(delimiter);
  const { stdout } = await run('sh', ['-c', `command -v ${program}`], { env: { ...process.env, PATH } });
  return stdout.trim();
}

/** Copies a program and its linked libraries to the same paths below the root. */
async function bring(program: string, root: string): Promise<void> {
  await cp(await realpath(program), join(root, 'usr/bin', program.slice(dirname(program).length)));
  const { stdout } = await run('ldd', [program]).catch(() => ({ stdout: '' }));
  for (const [path] of stdout.matchAll(/\/\S+/g)) await cp(await realpath(path), join(root, path));
}

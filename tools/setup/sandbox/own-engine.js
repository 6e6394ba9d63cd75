import { mkdir, symlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { basename, join } from 'node:path';
import { startBuildkitd } from './buildkitd.js';
import { execute } from '../child.js';
import { goPrograms } from '../go.js';
import { needPrograms } from '../programs.js';
import { SetupError } from '../say.js';

/** @typedef {import('../engine.js').Engine} Engine */
/** @typedef {import('../run.js').Run} Run */

/**
 * Provides a separate BuildKit: a buildkitd that is started for this run and stopped at its end, and a buildx
 * that uses it.
 *
 * @param {Run} run
 * @returns {Promise<Engine>}
 */
export async function ownEngine(run) {
  if (platform() !== 'linux' || process.getuid?.() !== 0) {
    throw new SetupError('BuildKit from its sources requires Linux and root.', 'Run the command as root.');
  }
  const [programs] = await Promise.all([
    goPrograms(run, ['buildx', 'buildkitd']),
    // The smallest Debian images have no umount, which is needed after a crash.
    needPrograms({ runc: 'runc', umount: 'mount' }, 'for the RUN steps of builds'),
  ]);
  const { buildx = '', buildkitd = '' } = programs;
  const socket = await startBuildkitd(run, buildkitd);
  const environment = await configureBuildx(run, buildx, socket);
  const title = `BuildKit from its sources, ${basename(buildkitd)}`;
  return { title, buildx: [buildx], programs: { buildx, buildkitd }, environment };
}

/**
 * Configures buildx for this run only, as a plugin of the docker CLI and as a separate program. The user's
 * ~/.docker does not change, and its credentials do not reach the builds.
 *
 * @param {Run} run
 * @param {string} buildx
 * @param {string} socket
 * @returns {Promise<Record<string, string>>}
 */
async function configureBuildx(run, buildx, socket) {
  const [docker, builder] = [join(run.folder, 'docker'), 'towpath'];
  await mkdir(join(docker, 'cli-plugins'), { recursive: true });
  await symlink(buildx, join(docker, 'cli-plugins', 'docker-buildx'));
  const environment = {
    DOCKER_CONFIG: docker,
    BUILDX_CONFIG: join(run.folder, 'buildx'),
    BUILDX_BUILDER: builder,
  };
  await execute([buildx, 'create', '--name', builder, '--driver', 'remote', `unix://${socket}`], {
    env: environment,
    hint: 'This is a defect of set-up. Please report it.',
  });
  return environment;
}

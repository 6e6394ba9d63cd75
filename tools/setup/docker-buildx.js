import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, reasonIn } from './child.js';
import { patiently, say, SetupError, step } from './say.js';
import { takeSlot } from './slot.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./run.js').Run} Run */

/**
 * Returns the builder that the installed buildx uses by default.
 *
 * @param {Run} run
 * @param {string[]} buildx `docker buildx`, or `buildx`
 * @param {Record<string, string>} [environment] with the address of its Docker
 * @returns {Promise<Engine>}
 */
export async function currentBuilder(run, buildx, environment = {}) {
  const title = `the builder of ${buildx.join(' ')}`;
  await patiently(`Test ${title}`, () => tryBuilder(run, buildx, environment));
  return { title, buildx, programs: {}, environment };
}

/**
 * Creates a separate builder in the local Docker, whose default builder can write a layout only with the
 * containerd image store (https://docs.docker.com/build/exporters/oci-docker/). Its build cache stays in a
 * Docker volume.
 *
 * @param {Run} run
 * @returns {Promise<Engine>}
 */
export async function containerBuilder(run) {
  const buildx = ['docker', 'buildx'];
  const server = await ask(['docker', 'version', '--format', '{{.Server.Version}}']);
  await ask([...buildx, 'version']);
  const slot = await takeSlot('docker');
  run.atEnd(slot.release);
  const name = `towpath-${slot.number}`;
  const environment = { BUILDX_CONFIG: join(run.folder, name), BUILDX_BUILDER: name };
  // Use the host's network, so that registries on its loopback address are reachable.
  const options = ['--driver', 'docker-container', '--driver-opt', 'network=host', '--bootstrap'];
  run.atEnd(() => removeBuilder(name, environment));
  await step(`Start a BuildKit container in Docker ${server.trim()}`, () =>
    ask([...buildx, 'create', '--name', name, ...options], environment, 300),
  );
  await tryBuilder(run, buildx, environment);
  return { title: `the BuildKit container ${name} in Docker`, buildx, programs: {}, environment };
}

/**
 * @param {string} name
 * @param {Record<string, string>} env
 */
async function removeBuilder(name, env) {
  const { ok, stderr } = await attempt(['docker', 'buildx', 'rm', '--keep-state', name], {
    env,
    seconds: 60,
  });
  if (!ok) say(`cannot remove the BuildKit container ${name}: ${reasonIn(stderr)}`);
}

/**
 * Tests a builder with a minimal build for two platforms into an OCI layout. The description of a builder does
 * not show whether it supports that.
 *
 * @param {Run} run
 * @param {string[]} buildx
 * @param {Record<string, string>} env
 */
async function tryBuilder(run, buildx, env) {
  await ask([...buildx, 'version'], env);
  const folder = await mkdtemp(join(run.folder, 'probe-'));
  const [context, layout] = [join(folder, 'context'), join(folder, 'layout')];
  await mkdir(context);
  await writeFile(join(context, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n');
  const output = `type=oci,tar=false,dest=${layout}`;
  const options = ['--platform', 'linux/amd64,linux/arm64', '--output', output, '--progress', 'plain'];
  await ask([...buildx, 'build', ...options, context], env, 120);
  if (!existsSync(join(layout, 'index.json'))) {
    throw new SetupError(`${buildx.join(' ')} build wrote no OCI layout.`, 'Update buildx.');
  }
}

/**
 * @param {string[]} command of Docker
 * @param {Record<string, string>} [env]
 * @param {number} [seconds]
 */
async function ask(command, env = {}, seconds = 30) {
  const { ok, stdout, stderr } = await attempt(command, { env, seconds });
  if (ok) return stdout;
  throw new SetupError(`${command.slice(0, 3).join(' ')}: ${reasonIn(stderr)}`, 'Check that Docker works.');
}

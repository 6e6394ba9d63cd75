import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, execute, reasonIn } from './child.js';
import { runVariable } from './processes.js';
import { say, SetupError, step } from './say.js';

/**
 * Installs packages of the distribution, as root on Debian and its derivatives. An installation that would
 * upgrade or remove an installed package is refused.
 *
 * @param {string[]} packages
 * @param {string} why
 */
export async function install(packages, why) {
  const names = packages.join(' ');
  if (!canInstall()) {
    throw new SetupError(
      `${names} is required ${why}, and not installed.`,
      `Install ${names} with the package manager of your system.`,
    );
  }
  await oneAtATime(async () => {
    await updateLists();
    await refuseChanges(packages);
    await step(`apt-get install ${names}: ${why}`, () =>
      execute([...aptGet, 'install', '--yes', ...additions, '--quiet=2', ...packages], options),
    );
  });
}

/**
 * Unpacks a package of the distribution without installing it, so nothing of it is started and the system does
 * not change.
 *
 * @param {string} name
 * @param {string} folder for its files, empty
 */
export async function unpack(name, folder) {
  await oneAtATime(updateLists);
  const work = `${folder}.package`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  // apt downloads as the user _apt if root runs it, and that user may not write to the folder.
  const download = [...aptGet, '-o', 'APT::Sandbox::User=root', '--quiet=2', 'download', name];
  await execute(download, { ...options, cwd: work });
  const [file = ''] = await readdir(work);
  await execute(['dpkg-deb', '--extract', join(work, file), folder], options);
  await rm(work, { recursive: true });
}

/** @returns {boolean} */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/**
 * @param {string} name of a package
 * @returns {Promise<string>} the version in the distribution; empty if there is none
 */
export async function candidateOf(name) {
  await oneAtATime(updateLists);
  const { stdout } = await attempt(['apt-cache', 'policy', name]);
  return /Candidate: (?!\(none\))(\S+)/.exec(stdout)?.[1] ?? '';
}

/** Waits until apt has finished and prevents further calls. Stopping apt would leave dpkg in a broken state. */
export async function finishApt() {
  finishing = true;
  if (busy) say('waiting until apt-get has finished');
  await last;
}

const aptGet = ['apt-get', '-o', 'DPkg::Lock::Timeout=300'];
const additions = ['--no-install-recommends', '--no-remove'];

/** Without the run's mark and in its own process group, so that neither the end of the run nor Ctrl-C stops it. */
const options = {
  env: { DEBIAN_FRONTEND: 'noninteractive', [runVariable]: undefined },
  detached: true,
  hint: 'Install the package yourself, and run the command again.',
};

/** @type {Promise<unknown>} */
let last = Promise.resolve();
let busy = false;
let finishing = false;
let listsAreNew = false;

/**
 * Runs apt commands one after another, because apt waits for another apt's lock only in some of its steps.
 *
 * @param {() => Promise<void>} work
 * @returns {Promise<void>}
 */
function oneAtATime(work) {
  const mine = last.then(async () => {
    if (finishing)
      throw new SetupError('apt-get was not started, because the run is ending.', 'Run the command again.');
    busy = true;
    await work().finally(() => (busy = false));
  });
  last = mine.catch(() => undefined);
  return mine;
}

/**
 * Updates the package lists. A new container has none, and old lists name packages that the mirror has
 * deleted. A failing source is ignored, because it may not be needed; otherwise the installation fails.
 */
async function updateLists() {
  if (listsAreNew) return;
  const { ok, stderr } = await step('apt-get update', () =>
    attempt([...aptGet, 'update', '--quiet=2'], options),
  );
  if (!ok) say(`apt-get update: ${reasonIn(stderr)}`);
  listsAreNew = true;
}

/** @param {string[]} packages */
async function refuseChanges(packages) {
  const plan = await execute([...aptGet, 'install', '--simulate', ...additions, ...packages], options);
  const changes = changesIn(plan);
  if (changes.length === 0) return;
  throw new SetupError(
    `apt-get install ${packages.join(' ')} would change installed packages: ${changes.join(', ')}.`,
    'If you want these changes, install the package yourself.',
  );
}

/**
 * @param {string} plan the output of `apt-get --simulate`: `Inst name [old version] (new …)`, `Remv name
 * [version]`
 * @returns {string[]} the packages upgraded or removed
 */
export function changesIn(plan) {
  return [...plan.matchAll(/^(?:Inst|Remv) (\S+) \[/gm)].map(([, name]) => name ?? '');
}

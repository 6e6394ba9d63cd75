import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, execute, reasonIn } from './child.js';
import { runVariable } from './processes.js';
import { say, SetupError, step } from './say.js';

/**
 * Installs packages of the distribution, as root on Debian and its kin. It only ever adds: an installation that
 * would upgrade or remove a package of the machine is refused.
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
 * What is in a package of the distribution, without installing it: nothing of it is started, and the machine does not
 * have it afterwards.
 *
 * @param {string} name
 * @param {string} folder for it, empty
 */
export async function unpack(name, folder) {
  await oneAtATime(updateLists);
  const work = `${folder}.package`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work);
  // The user _apt, as whom apt downloads for root, may not write to the folder.
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
 * @returns {Promise<string>} the version that the distribution has, or nothing
 */
export async function candidateOf(name) {
  await oneAtATime(updateLists);
  const { stdout } = await attempt(['apt-cache', 'policy', name]);
  return /Candidate: (?!\(none\))(\S+)/.exec(stdout)?.[1] ?? '';
}

/** Set-up may not leave while apt is at work, nor stop it: dpkg would be left halfway. Nothing is begun from here on. */
export async function finishApt() {
  finishing = true;
  if (busy) say('waiting until apt-get has finished');
  await last;
}

const aptGet = ['apt-get', '-o', 'DPkg::Lock::Timeout=300'];
const additions = ['--no-install-recommends', '--no-remove'];

/** Without the run's mark, and in a group of its own: neither the end of the run nor Ctrl-C reaches it. */
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
 * A second apt would wait for the lock of the first only in some of its steps.
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
 * A new container has no lists, and old ones name packages that the mirror has no more. A source that does not
 * answer may be one that is not needed: the installation will tell.
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
 * @param {string} plan what `apt-get --simulate` prints: `Inst name [old version] (new …)`, `Remv name [version]`
 * @returns {string[]} the packages upgraded or removed
 */
export function changesIn(plan) {
  return [...plan.matchAll(/^(?:Inst|Remv) (\S+) \[/gm)].map(([, name]) => name ?? '');
}

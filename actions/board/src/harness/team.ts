import { findImages } from '@towpath/ecr';
import type { EnvironmentEntry } from '@towpath/ledger';
import type { Digest } from '@towpath/reference';
import { scenario, sessionOf, type Scenario } from '@towpath/testing';
import { entry, hostOf, now, write } from './ledger.ts';

/** Publishes a version of web, and returns its digest. */
export async function publish(scene: Scenario, version: string): Promise<Digest> {
  await scene.publish('payroll/web', `build-${version}`, { name: 'web', content: version });
  const found = await findImages(sessionOf(scene, scene.shared).ecr(hostOf(scene.shared)), 'payroll/web', [
    `build-${version}`,
  ]);
  const digest = [...found.values()][0]?.digest;
  if (digest === undefined) throw new Error('the image was published');
  return digest;
}

/** Sets a tag on an image of web. */
export async function tag(scene: Scenario, digest: Digest, name: string): Promise<void> {
  const found = await findImages(sessionOf(scene, scene.shared).ecr(hostOf(scene.shared)), 'payroll/web', [
    digest,
  ]);
  const manifest = found.get(digest);
  if (manifest === undefined) throw new Error('the image exists');
  await scene.shared.tag('payroll/web', manifest, name);
}

/** Promotes a version: sets the tag and writes the entry. */
export async function promote(
  scene: Scenario,
  environment: string,
  number: number,
  version: string,
  digest: Digest,
  change: Partial<EnvironmentEntry> = {},
): Promise<void> {
  const images = [{ name: 'web', repository: 'payroll/web', digest, version, verdict: 'pass' as const }];
  await write(scene, [entry(environment, number, version, { images, ...change })]);
  await tag(scene, digest, `${environment}-${version}`);
}

/** Returns a scenario with a repository for web and one for the ledger. */
export async function team(options: Parameters<typeof scenario>[0] = {}): Promise<Scenario> {
  // The action has the same time, so ages and lifecycle policies agree.
  const scene = await scenario({ clock: () => now, ...options });
  await scene.shared.createRepository('payroll/web', 'MUTABLE');
  await scene.shared.createRepository('payroll/towpath');
  return scene;
}

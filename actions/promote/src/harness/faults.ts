import { expect } from '@jest/globals';
import { isSameImages, type History } from '@towpath/ledger';
import type { Code } from '@towpath/errors';
import { copiesOf, type Ending, type Scenario } from '@towpath/testing';
import { config, entries, names, promoteThrough, promoting, publish, run, team } from './team.ts';

/**
 * Every kind of fault at every request takes an hour. `TOWPATH_FAULTS=all` requests it. Otherwise each test takes every
 * fifth request, and another kind of fault each time.
 */
export const isComplete = process.env.TOWPATH_FAULTS === 'all';
export const stride = isComplete ? 1 : 5;

/** A change of an environment that may fail or be killed at any request. */
export interface Change {
  readonly name: string;
  readonly prepare: () => Promise<Scenario>;
  readonly given: Readonly<Record<string, string>>;
}

const off = { 'towpath.yaml': `${config}ledger: off\n` };

export const changes: readonly Change[] = [
  {
    name: 'a promotion',
    prepare: copiesOf(async () => {
      const scene = await team();
      await publish(scene, '1.0.0', '1.1.0');
      await promoteThrough(scene, '1.0.0', 'dev');
      return scene;
    }),
    given: { version: '1.1.0' },
  },
  {
    name: 'a rollback',
    prepare: copiesOf(async () => {
      const scene = await team();
      await publish(scene, '1.0.0', '1.1.0');
      for (const version of ['1.0.0', '1.1.0']) await promoteThrough(scene, version, 'dev');
      return scene;
    }),
    given: { rollback: 'true' },
  },
  {
    name: 'a first adoption',
    prepare: copiesOf(async () => {
      const scene = await team();
      await publish(scene, '1.0.0', '1.1.0');
      await promoting(scene, 'dev', { version: '1.0.0' }, { files: off });
      return scene;
    }),
    given: { version: '1.1.0' },
  },
];

/** The same run every time, so that a re-run is recognised. */
export function change(scene: Scenario, { given }: Change): Promise<Ending> {
  return promoting(scene, 'dev', given, { env: run(5) });
}

/** What can be seen: the entries, and the digest that each tag of the environment names. */
export interface Standing {
  readonly history: History;
  readonly tags: Readonly<Record<string, string | undefined>>;
}

export async function standing(scene: Scenario): Promise<Standing> {
  const tags: Record<string, string | undefined> = {};
  for (const name of names)
    for (const tag of ['dev', 'dev-1.0.0', 'dev-1.1.0'])
      tags[`${name}:${tag}`] = await scene.shared.digestOf(`payroll/${name}`, tag);
  return { history: await entries(scene, 'dev'), tags };
}

/** Returns the state after a run without faults, and its number of requests. */
export async function undisturbed(
  one: Change,
): Promise<{ readonly requests: number; readonly end: Standing }> {
  const scene = await one.prepare();
  const { requests, codes } = await change(scene, one);
  expect(codes).toEqual([]);
  const end = await standing(scene);
  await scene.emulator.close();
  return { requests: requests.length, end };
}

/** Expects that nothing is half visible: entries name what is there, and no tag moved before the entry. */
export async function expectNothingWrong(scene: Scenario, before: Standing, end: Standing): Promise<void> {
  const now = await standing(scene);
  for (const entry of now.history) {
    const expected = end.history.find(({ number }) => number === entry.number);
    expect(isSameImages(entry.images, expected?.images ?? [])).toBe(true);
    for (const { repository, digest } of entry.images)
      expect(await scene.shared.digests(repository)).toContain(digest);
  }
  const isRecorded = now.history.length === end.history.length;
  for (const [tag, digest] of Object.entries(now.tags))
    expect([tag, [before.tags[tag], ...(isRecorded || tag.includes('-') ? [end.tags[tag]] : [])]]).toEqual([
      tag,
      expect.arrayContaining([digest]),
    ]);
  for (const name of names)
    if (now.tags[`${name}:dev`] !== before.tags[`${name}:dev`]) expect(isRecorded).toBe(true);
}

/** Expects the state of an undisturbed run. Times may differ, and verdicts if the scans could not be read. */
export async function expectEnd(scene: Scenario, end: Standing): Promise<void> {
  const now = await standing(scene);
  expect(now.tags).toEqual(end.tags);
  const strip = ({ history }: Standing) =>
    history.map(({ number, kind, version, from, restores, run: by, images }) => {
      const set = images.map(({ name, digest, version: own }) => [name, digest, own]);
      return { number, kind, version, from, restores, by, set };
    });
  expect(strip(now)).toEqual(strip(end));
}

type Fault = Parameters<Scenario['emulator']['addFault']>[0];

/** A kind of fault, and the code that a run may end with. Without a code a retry helps. */
export interface Kind {
  readonly name: string;
  readonly fault: Fault;
  readonly codes: readonly Code[];
}

export const kinds: readonly Kind[] = [
  { name: 'a reset', fault: { kind: 'reset' }, codes: [] },
  { name: 'a lost answer', fault: { kind: 'reset', afterBytesOut: 0 }, codes: [] },
  { name: 'a failing service', fault: { kind: 'status', status: 500 }, codes: [] },
  {
    name: 'a refusal',
    fault: { kind: 'exception', exception: 'AccessDeniedException' },
    codes: ['access-denied'],
  },
  { name: 'an expired token', fault: { kind: 'expired-token' }, codes: ['credentials-missing'] },
];

/** Changes the environment with a fault at the n-th request, and then again without. */
export async function changeThrough(
  one: Change,
  { fault, codes: allowed }: Kind,
  nth: number,
  end: Standing,
): Promise<void> {
  const scene = await one.prepare();
  const before = await standing(scene);
  scene.emulator.addFault({ ...fault, nth });
  const { codes } = await change(scene, one);
  for (const code of codes) expect(allowed).toContain(code);
  scene.emulator.clearFaults();
  await expectNothingWrong(scene, before, end);
  expect([nth, (await change(scene, one)).codes]).toEqual([nth, []]);
  await expectEnd(scene, end);
  await scene.emulator.close();
}

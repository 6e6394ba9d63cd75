import { compare } from './measure.ts';
import { inField, repository, type Target } from './field.ts';

/**
 * Promoting one image for three platforms: within a repository, to another repository, and to another account that has
 * 12 of its 18 blobs, over connections of 0, 20 and 80 ms; and 100 images, which need one PutImage each to arrive and
 * one for the tag.
 */
export async function benchPromote(rounds: number): Promise<void> {
  await inField({}, async (field) => {
    await field.publish(repository, ['1.0.0', '1.1.0']);
    const ours = (name: string, target: Target, only = false) => ({
      name,
      run: only
        ? undefined
        : (round: number) => field.promote(target, `${name.replace(/\W+/g, '-')}-${round}`),
    });
    await compare('Promote within a repository', [ours('towpath promote', 'same')], rounds);
    await field.shared.allowMounting();
    await compare('Promote to another repository, by mounts', [ours('towpath promote', 'other')], rounds);
    for (const latencyMs of [0, 20, 80]) {
      await field.slow(latencyMs);
      const title = `Promote to another account that has 12 of 18 blobs, ${latencyMs} ms`;
      await compare(title, await field.contenders(`${latencyMs}`), rounds);
    }
  });
  await inField({ quotas: true }, async (field) => {
    const names = Array.from({ length: 100 }, (_, index) => `bench/service-${index}`);
    await field.publishSmall(names);
    const run = () => field.promoteAll(names);
    await compare('Promote 100 images, 200 PutImage at 10 a second', [{ name: 'towpath promote', run }], 1);
  });
}

/** Promoting 8 images that share their base, 20 ms away: within their repositories, again, and to another account. */
export async function benchPromoteSet(rounds: number): Promise<void> {
  await inField({}, async (field) => {
    const names = await field.publishServices(8);
    await field.slow(20);
    const within = await field.setContenders(names, 'same', 'within');
    await compare('Promote 8 images within their repositories', within, rounds);
    // The tags of the last round are there.
    const again = within.map(({ name, run }) => ({ name, run: run && (() => run(rounds - 1)) }));
    await compare('Promote the same 8 images again', again, 1);
    await field.shared.allowMounting();
    await field.prod.allowMounting();
    const elsewhere = await field.setContenders(names, 'account', 'account');
    await compare('Promote 8 images with shared layers to another account', elsewhere, rounds);
  });
}

/** Promoting a layer of 5 GiB to another account. Takes minutes and 15 GiB of disk, so it runs only by its name. */
export async function benchPromoteGiant(): Promise<void> {
  await inField({}, async (field) => {
    await field.publishGiant(5 * 1024);
    const run = (round: number) => field.promote('account', `giant-${round}`);
    await compare('Promote a layer of 5 GiB', [{ name: 'towpath promote', run }], 1);
  });
}

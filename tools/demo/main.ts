import { bundleActions, checkOut, setStage, type Stage } from '@towpath/stage';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Journey } from './journey.ts';
import { describeTour } from './tour.ts';
import { changeImage, holdImage, provisionRepositories, rollBack, towImages, verify } from './acts.ts';
import type { DemoReport } from './story.ts';
import { printEnd, printOpening, print } from './print.ts';

const { values } = parseArgs({
  options: { work: { type: 'string', default: '.demo' }, keep: { type: 'boolean', default: false } },
});
process.exitCode = await demo(resolve(values.work), values.keep);

/** @returns the exit status: 0 if production has the images that were built, and not the rejected one */
async function demo(work: string, keep: boolean): Promise<number> {
  const started = performance.now();
  print('Bundling the actions …');
  await bundleActions();
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const stage = await setStage({ repositories: 'none' });
  try {
    printOpening(stage);
    const report = await perform(stage, work);
    const problems = await verify(report, stage);
    printEnd(report, problems, performance.now() - started, join(work, 'report.json'));
    if (keep) await keepOpen(stage, report);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await stage.close();
  }
}

async function perform(stage: Stage, work: string): Promise<DemoReport> {
  const checkout = await checkOut('exemplar', join(work, 'payroll'));
  const journey = new Journey(stage, checkout, join(work, 'runner'));
  await provisionRepositories(journey, 'Create the repositories of both accounts, and the ledgers');
  const images = await towImages(journey, '1.0.0');
  await changeImage(journey);
  await towImages(journey, '1.0.1');
  const held = await holdImage(journey, '1.1.0');
  const rolledBack = await rollBack(journey, '1.0.1');
  const report = { images, held, rolledBack };
  await writeFile(join(work, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  return report;
}

/** Prints commands to inspect the registry, and waits for Ctrl-C. */
async function keepOpen(stage: Stage, report: DemoReport): Promise<void> {
  print(await describeTour(stage, report));
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        done();
      });
  });
}

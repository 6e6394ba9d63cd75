import type { Digest } from '@towpath/reference';
import { formatBytes, formatDuration } from '@towpath/markdown';
import type { Stage } from '@towpath/stage';
import { styleText } from 'node:util';
import type { DemoReport } from './story.ts';
import type { Step } from './step.ts';

/** An image in the outputs of the actions. */
interface ImageLine {
  readonly name?: string;
  readonly image?: string;
  readonly platform?: string;
  readonly digest: Digest;
  readonly bytes?: number;
  readonly tags?: readonly string[];
  readonly platforms?: Readonly<Record<string, Digest>>;
  readonly status?: string;
  readonly verdict?: string;
  readonly counts?: Readonly<Record<string, number>>;
}

/** A repository in the output `repositories` of `provision`. */
interface RepositoryLine {
  readonly account: string;
  readonly repository: string;
  readonly action: string;
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printOpening({ shared, prod, emulator }: Stage): void {
  const address = (account: string) =>
    emulator.registries.find((registry) => registry.account === account)?.url ?? '';
  print(bold('\nTowpath: from a Dockerfile to production\n'));
  print(`  dev, test  ${shared.host}  ${dim(`on this machine: ${address(shared.id)}`)}`);
  print(`  prod       ${prod.host}  ${dim(`on this machine: ${address(prod.id)}`)}`);
}

export function printAct(title: string): void {
  print(`\n${bold(title)}`);
}

/** Prints a step: each image, the time and the traffic. */
export function printStep(action: string, inputs: Readonly<Record<string, string>>, step: Step): void {
  const target = inputs['target-environment'];
  const { calls, bytesUp, bytesDown } = step.traffic;
  const took = [
    formatDuration(step.milliseconds),
    `${calls} calls`,
    `${formatBytes(bytesUp)} up`,
    `${formatBytes(bytesDown)} down`,
  ].join(', ');
  print(`\n  ${bold(target === undefined ? action : `${action} to ${target}`)}  ${dim(took)}`);
  for (const line of imageLines(step)) print(describeImage(line));
  for (const { account, repository, action } of repositoryLines(step))
    print(`    ${styleText('green', '✔')} ${account}  ${repository.padEnd(20)} ${action}`);
  if (step.exitCode !== 0)
    for (const { message } of step.annotations) print(`    ${styleText('red', message)}`);
}

function imageLines({ outputs }: Step): readonly ImageLine[] {
  return JSON.parse(outputs.findings ?? outputs.images ?? '[]') as ImageLine[];
}

function repositoryLines({ outputs }: Step): readonly RepositoryLine[] {
  return JSON.parse(outputs.repositories ?? '[]') as RepositoryLine[];
}

function describeImage({
  name,
  image,
  platform,
  digest,
  tags,
  platforms,
  bytes,
  verdict,
  status,
  counts,
}: ImageLine): string {
  const refused = verdict !== undefined && verdict !== 'pass';
  const found = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
  const notes = [
    platform,
    tags?.join(', '),
    tags === undefined ? Object.keys(platforms ?? {}).join(', ') : undefined,
    bytes === undefined ? undefined : formatBytes(bytes),
    status,
    counts === undefined
      ? undefined
      : found.map(([severity, count]) => `${count} ${severity}`).join(', ') || 'no findings',
    verdict,
  ].filter((note) => note !== undefined && note !== '');
  const mark = refused ? styleText('red', '✘') : styleText('green', '✔');
  return `    ${mark} ${(name ?? image ?? '').padEnd(10)} ${shortened(digest)}  ${notes.join(' · ')}`;
}

export function printEnd(
  { images, held, rolledBack }: DemoReport,
  problems: readonly string[],
  milliseconds: number,
  report: string,
): void {
  print('');
  if (problems.length > 0) {
    for (const problem of problems) print(styleText('red', `  ✘ ${problem}`));
    return;
  }
  for (const { name, digest } of images)
    print(`  ${styleText('green', '✔')} ${name}: production has ${digest}, the digest that was built`);
  for (const { name } of held)
    print(`  ${styleText('green', '✔')} ${name}: the gate rejected it, so it is in no environment`);
  if (rolledBack !== undefined)
    print(`  ${styleText('green', '✔')} production runs 1.0.0 again, and the board shows no drift`);
  print(dim(`\n  Finished in ${formatDuration(milliseconds)}. ${report} lists the digests.\n`));
}

/** The first 12 hex digits: a line of the terminal has no room for 64, and the report has them all. */
function shortened(digest: Digest): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 12);
}

function bold(text: string): string {
  return styleText('bold', text);
}

function dim(text: string): string {
  return styleText('dim', text);
}

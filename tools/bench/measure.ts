import { formatDuration } from '@towpath/markdown';
import type { EmulatorProcess } from '@towpath/stage';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { timeline } from './timeline.ts';

/** What it took to do something once. */
export interface Measure {
  readonly milliseconds: number;
  /** The most memory that a process of it has had, in MiB; NaN where the system does not tell. */
  readonly memory: number;
  /** What a registry and its API were asked, and the bytes they were sent. */
  readonly requests?: number;
  readonly bytes?: number;
}

/** One of those that do the same. */
export interface Contender {
  readonly name: string;
  /** Undefined: it is not on this machine. */
  readonly run: ((round: number) => Promise<Measure>) | undefined;
}

/** A command line and its environment. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs programs, one after the other or side by side.
 *
 * @throws Error with what it said when one of them fails
 */
export async function measure(commands: readonly Command[], atOnce = false): Promise<Measure> {
  const started = performance.now();
  const peaks: number[] = [];
  if (atOnce) peaks.push(...(await Promise.all(commands.map(run))));
  else for (const command of commands) peaks.push(await run(command));
  return { milliseconds: performance.now() - started, memory: Math.max(...peaks) };
}

async function run({ program, args, env }: Command): Promise<number> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const closed = once(child, 'close');
  let peak = NaN;
  const watching = new AbortController();
  const watch = async (): Promise<void> => {
    while (!watching.signal.aborted) {
      peak = peakOf(child.pid) ?? peak;
      await setTimeout(20);
    }
  };
  const watched = watch();
  const [code] = (await closed) as [number | null];
  watching.abort();
  await watched;
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${said}`);
  return peak;
}

/** proc(5), VmHWM; undefined when the process is gone, or on another system. */
function peakOf(pid: number | undefined): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid ?? 0}/status`, 'utf8');
    const kibibytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  } catch {
    return undefined;
  }
}

/** Whether to print every request of each measurement (`--timeline`). */
export const reporting = { timeline: false };

/** Measures a program and counts its requests to the emulator. */
export async function measureRequests(
  name: string,
  emulator: EmulatorProcess,
  act: () => Promise<Measure>,
): Promise<Measure> {
  await emulator.clearRequests();
  const started = Date.now();
  const measured = await act();
  const requests = (await emulator.requests()).filter(({ plane }) => plane !== 'admin');
  if (requests.length === 0) throw new Error(`${name} sent no requests`);
  if (reporting.timeline)
    process.stdout.write(`${timeline(name, requests, started, measured.milliseconds)}\n`);
  return {
    ...measured,
    requests: requests.length,
    bytes: requests.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
  };
}

/**
 * Lets all contenders do it in turns, and prints a row for each: the median, and how many times as long as the first.
 *
 * @returns the medians by name
 */
export async function compare(
  title: string,
  contenders: readonly Contender[],
  rounds: number,
): Promise<ReadonlyMap<string, Measure>> {
  const measured = new Map<string, Measure[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const { name, run: act } of contenders)
      if (act !== undefined) measured.get(name)?.push(await act(round));
  const medians = new Map(
    [...measured].flatMap(([name, all]) => (all.length === 0 ? [] : [[name, median(all)] as const])),
  );
  print(title, contenders, medians);
  return medians;
}

function median(measures: readonly Measure[]): Measure {
  const sorted = measures.toSorted((one, other) => one.milliseconds - other.milliseconds);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

function print(title: string, contenders: readonly Contender[], medians: ReadonlyMap<string, Measure>): void {
  const [ours] = [...medians.values()];
  const rows = contenders.map(({ name }) => {
    const found = medians.get(name);
    if (found === undefined || ours === undefined) return [name, 'absent', '', '', '', ''];
    return [
      name,
      formatDuration(found.milliseconds),
      `× ${(found.milliseconds / ours.milliseconds).toFixed(2)}`,
      found.requests?.toString() ?? '',
      found.bytes === undefined ? '' : `${(found.bytes / 2 ** 20).toFixed(1)} MiB`,
      `${found.memory.toFixed(0)} MiB`,
    ];
  });
  const table = [['', 'time', 'ratio', 'requests', 'sent', 'memory'], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`);
}

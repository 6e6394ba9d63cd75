import { formatDuration } from '@towpath/markdown';
import type { EmulatorProcess } from '@towpath/stage';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { timeline } from './timeline.ts';

/** What it took to do something once. */
export interface Measure {
  readonly milliseconds: number;
  /** The time of the processors in milliseconds, which a busy machine changes less; NaN where the system does not tell. */
  readonly cpu: number;
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
  /** The command that follows when this one has succeeded. */
  readonly next?: Command;
}

/**
 * Runs programs, one after the other or side by side.
 *
 * @throws Error with what it said when one of them fails
 */
export async function measure(commands: readonly Command[], atOnce = false): Promise<Measure> {
  const [started, cpu] = [performance.now(), cpuOfChildren()];
  const peaks: number[] = [];
  if (atOnce) peaks.push(...(await Promise.all(commands.map(run))));
  else for (const command of commands) peaks.push(await run(command));
  return {
    milliseconds: performance.now() - started,
    cpu: cpuOfChildren() - cpu,
    memory: Math.max(...peaks),
  };
}

/** The clock ticks a second in /proc, on every Linux (proc(5), times(3)). */
const ticks = 100;

/** The processor time of all programs that have ended, in milliseconds: proc(5), `cutime` and `cstime`. */
function cpuOfChildren(): number {
  return cpuIn('self', 13);
}

/** The processor time of a daemon and of the programs that it started and that have ended, in milliseconds. */
export function cpuOfDaemon(pid: number): number {
  return cpuIn(String(pid), 11) + cpuIn(String(pid), 13);
}

/** Two fields of proc(5) in milliseconds: the time of the user and of the system. */
function cpuIn(process: string, field: number): number {
  const stat = readIfThere(`/proc/${process}/stat`);
  const [user = NaN, system = NaN] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(field, field + 2)
    .map(Number);
  return ((user + system) * 1000) / ticks;
}

/** @returns the most memory that one of the programs had, in MiB */
async function run({ program, args, env, next }: Command): Promise<number> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const closed = once(child, 'close');
  let peak = peakOf(child.pid) ?? NaN;
  const watch = setInterval(() => (peak = peakOf(child.pid) ?? peak), 20);
  const [code] = (await closed) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${said}`);
  return next === undefined ? peak : Math.max(peak, await run(next));
}

/** proc(5), VmHWM; undefined when the process is gone, or on another system. */
function peakOf(pid: number | undefined): number | undefined {
  const kibibytes = /VmHWM:\s+(\d+) kB/.exec(readIfThere(`/proc/${pid ?? 0}/status`))?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
}

/** Empty when the process is gone, or on another system. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

interface Reporting {
  /** Whether to print every request of each measurement (`--timeline`). */
  timeline: boolean;
  /** Parts of the names of those that are measured next to the first one; all by default (`--against`). */
  against: readonly string[];
}

export const reporting: Reporting = { timeline: false, against: [] };

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

/** What a contender needed in the middle of all rounds. */
interface Row extends Measure {
  /** How many times as long as the first contender in the same round, in the middle of all rounds. */
  readonly ratio: number;
}

/**
 * Lets all contenders do it in turns, and prints a row for each. Times are compared within a round, because a machine that
 * others use is not equally fast in all rounds.
 *
 * @returns the medians by name
 */
export async function compare(
  title: string,
  contenders: readonly Contender[],
  rounds: number,
): Promise<ReadonlyMap<string, Measure>> {
  const { against } = reporting;
  const chosen = contenders.filter(
    ({ name }, index) => index === 0 || against.length === 0 || against.some((part) => name.includes(part)),
  );
  const measured = new Map<string, Measure[]>(chosen.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const { name, run: act } of round % 2 === 0 ? chosen : chosen.toReversed())
      if (act !== undefined) measured.get(name)?.push(await act(round));
  const [ours = []] = measured.values();
  const rows = new Map(
    [...measured].flatMap(([name, all]) => (all.length === 0 ? [] : [[name, middle(all, ours)] as const])),
  );
  print(title, chosen, rows);
  return rows;
}

function middle(all: readonly Measure[], ours: readonly Measure[]): Row {
  const times = all.map(({ milliseconds }) => milliseconds);
  const last = all.at(-1);
  if (last === undefined) throw new Error('nothing was measured');
  return {
    ...last,
    milliseconds: median(times),
    cpu: median(all.map(({ cpu }) => cpu)),
    memory: median(all.map(({ memory }) => memory)),
    ratio: median(times.map((time, round) => time / (ours[round]?.milliseconds ?? NaN))),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}

function print(title: string, contenders: readonly Contender[], measured: ReadonlyMap<string, Row>): void {
  const rows = contenders.map(({ name }) => {
    const found = measured.get(name);
    if (found === undefined) return [name, 'absent', '', '', '', '', ''];
    return [
      name,
      formatDuration(found.milliseconds),
      `× ${found.ratio.toFixed(2)}`,
      Number.isNaN(found.cpu) ? '' : formatDuration(found.cpu),
      found.requests?.toString() ?? '',
      found.bytes === undefined ? '' : `${(found.bytes / 2 ** 20).toFixed(1)} MiB`,
      `${found.memory.toFixed(0)} MiB`,
    ];
  });
  const table = [['', 'time', 'ratio', 'CPU', 'requests', 'sent', 'memory'], ...rows];
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

import type { LoggedRequest } from '@towpath/stage';

/** The width of the bars, in characters. */
const columns = 60;

/** How a program used its time: each request with its start and duration, drawn as a bar. */
export function timeline(
  name: string,
  requests: readonly LoggedRequest[],
  started: number,
  milliseconds: number,
): string {
  const scale = columns / milliseconds;
  const rows = requests.map(({ at, durationMs, operation, repository = '', status }) => {
    const start = Date.parse(at) - started;
    const left = Math.min(columns - 1, Math.max(0, Math.floor(start * scale)));
    const length = Math.min(columns - left, Math.max(1, Math.round(durationMs * scale)));
    const bar = `${' '.repeat(left)}${'█'.repeat(length)}`.padEnd(columns);
    return `    ${start.toFixed(0).padStart(6)} ms ${durationMs.toString().padStart(5)} ms │${bar}│ ${operation} ${repository} ${status === 0 || status >= 400 ? status : ''}`.trimEnd();
  });
  const title = `    ${name}: ${requests.length} requests in ${waves(requests)} waves, ${milliseconds.toFixed(0)} ms`;
  return [title, ...rows, ''].join('\n');
}

/** Returns the number of requests of the longest sequence in which each one starts after the one before has ended. */
function waves(requests: readonly LoggedRequest[]): number {
  let [count, free] = [0, -Infinity];
  const spans = requests.map(({ at, durationMs }) => ({
    start: Date.parse(at),
    end: Date.parse(at) + durationMs,
  }));
  for (const { start, end } of spans.toSorted((one, other) => one.end - other.end)) {
    if (start < free) continue;
    [count, free] = [count + 1, end];
  }
  return count;
}

/** What BuildKit's rawjson progress holds: one object a line (moby/buildkit, client.SolveStatus). */
interface SolveStatus {
  readonly vertexes?: readonly Vertex[];
  readonly logs?: readonly { readonly vertex: string; readonly data?: string }[];
}

interface Vertex {
  readonly digest: string;
  readonly name: string;
  readonly started?: string;
  readonly completed?: string;
  readonly cached?: boolean;
  readonly error?: string;
}

interface Step {
  vertex: Vertex;
  output: string;
}

/** The step that made a build fail. */
export interface FailedStep {
  /** As BuildKit names it, e.g. `[runtime 2/3] RUN npm ci`. */
  readonly name: string;
  readonly error: string;
  /** The last lines that it printed. */
  readonly output: readonly string[];
}

const keptOutput = 64 * 1024;
const lastLines = 20;

/** Follows a build from its progress lines. */
export class BuildProgress {
  readonly #steps = new Map<string, Step>();
  readonly #stray: string[] = [];

  /** Takes one line of buildx's standard error. What is no progress is kept as it is. */
  add(line: string): void {
    const status = parse(line);
    if (status === undefined) {
      if (line.trim() !== '') this.#stray.push(line);
      return;
    }
    for (const vertex of status.vertexes ?? []) {
      this.#steps.set(vertex.digest, { vertex, output: this.#steps.get(vertex.digest)?.output ?? '' });
    }
    for (const { vertex, data } of status.logs ?? []) {
      const step = this.#steps.get(vertex);
      if (step !== undefined) step.output = (step.output + decode(data)).slice(-keptOutput);
    }
  }

  /** The build for a reader: every step with its time, and what it printed. */
  lines(): string[] {
    const steps = [...this.#steps.values()].flatMap(({ vertex, output }) => [
      `${vertex.name}${describeTime(vertex)}`,
      ...outputLines(output).map((line) => `  ${line}`),
    ]);
    return [...steps, ...this.#stray];
  }

  /** The step that failed first; what was cancelled because of it is not meant. */
  get failedStep(): FailedStep | undefined {
    const failed = [...this.#steps.values()].find(
      ({ vertex }) => (vertex.error ?? '') !== '' && !isCancellation(vertex),
    );
    if (failed === undefined) return undefined;
    const { vertex, output } = failed;
    return { name: vertex.name, error: vertex.error ?? '', output: outputLines(output).slice(-lastLines) };
  }

  /** How many steps came from the cache, of how many there were. */
  get cached(): { readonly hits: number; readonly steps: number } {
    const steps = [...this.#steps.values()].filter(({ vertex }) => !vertex.name.startsWith('[internal]'));
    return { hits: steps.filter(({ vertex }) => vertex.cached === true).length, steps: steps.length };
  }

  /** What buildx said besides its progress: its own error comes last. */
  get stray(): readonly string[] {
    return this.#stray;
  }
}

function parse(line: string): SolveStatus | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as SolveStatus;
  } catch {
    return undefined;
  }
}

function decode(data: string | undefined): string {
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}

function outputLines(output: string): string[] {
  return output.split(/\r?\n/).filter((line) => line.trim() !== '');
}

function isCancellation({ error }: Vertex): boolean {
  return /context canceled/i.test(error ?? '');
}

function describeTime({ cached, started, completed, error }: Vertex): string {
  if (cached === true) return ' (cached)';
  if ((error ?? '') !== '') return ' (failed)';
  if (started === undefined || completed === undefined) return '';
  return ` (${((Date.parse(completed) - Date.parse(started)) / 1000).toFixed(1)} s)`;
}

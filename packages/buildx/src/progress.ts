import { parseOutput } from '@towpath/docker';
import * as z from 'zod';

/** A text that may be missing. */
const text = z.string().optional().catch(undefined);

const vertex = z.object({
  digest: z.string(),
  name: z.string(),
  /** The digests of the steps before it. */
  inputs: z.array(z.string()).optional().catch(undefined),
  started: text,
  completed: text,
  cached: z.boolean().optional().catch(undefined),
  error: text,
});

type Vertex = z.output<typeof vertex>;

/** A warning of a build check. Texts are base64. */
const warning = z.object({
  short: text,
  detail: z.array(z.string()).optional().catch(undefined),
  url: text,
  range: z
    .array(z.object({ start: z.object({ line: z.number().optional() }).optional() }))
    .optional()
    .catch(undefined),
});

type Warning = z.output<typeof warning>;

/** One line of BuildKit's rawjson progress (moby/buildkit, client.SolveStatus). */
const solveStatus = z.object({
  vertexes: z.array(vertex).nullish(),
  logs: z.array(z.object({ vertex: z.string(), data: text })).nullish(),
  warnings: z.array(warning).nullish(),
});

interface Step {
  vertex: Vertex;
  output: string;
}

/** The step that failed a build. */
export interface FailedStep {
  /** BuildKit's name of the step, e.g. `[runtime 2/3] RUN npm ci`. */
  readonly name: string;
  readonly error: string;
  /** The last lines of its output. */
  readonly output: readonly string[];
}

/** A warning of a build check (docs.docker.com, "Build checks"). */
export interface Check {
  /** The message, e.g. `FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)`. */
  readonly message: string;
  readonly detail: string;
  readonly url: string | undefined;
  readonly line: number | undefined;
}

/** Characters of the output of a step: the last ones. */
const keptOutput = 64 * 1024;
/** Lines that are not progress: the last ones, and the beginning of each. */
const keptLines = 500;
const keptLine = 16 * 1024;
const lastLines = 20;

/** The minimum duration in milliseconds of steps that are printed when they complete. */
const longStep = 1_000;

/** Collects the progress of a build from its rawjson lines. */
export class BuildProgress {
  readonly #steps = new Map<string, Step>();
  readonly #checks = new Map<string, Check>();
  readonly #otherLines: string[] = [];
  readonly #onLongStep: (line: string) => void;

  /** @param onLongStep receives a line for each long step when it completes */
  constructor(onLongStep: (line: string) => void = () => undefined) {
    this.#onLongStep = onLongStep;
  }

  /** Adds one line of buildx's standard error. Keeps lines that are not progress unchanged. */
  add(line: string): void {
    const status = parse(line);
    if (status === undefined) {
      if (line.trim() !== '') this.#otherLines.push(line.slice(0, keptLine));
      if (this.#otherLines.length > keptLines) this.#otherLines.shift();
      return;
    }
    for (const vertex of status.vertexes ?? []) this.#follow(vertex);
    for (const { vertex, data } of status.logs ?? []) {
      const step = this.#steps.get(vertex);
      if (step !== undefined) append(step, decode(data));
    }
    for (const warning of status.warnings ?? []) this.#check(warning);
  }

  /** Returns the log of the build: every step with its time and output, after the steps it depends on. */
  lines(): string[] {
    const steps = this.#inOrder().flatMap(({ vertex, output }) => [
      `${vertex.name}${describeTime(vertex)}`,
      ...outputLines(output).map((line) => `  ${line}`),
    ]);
    return [...steps, ...this.#otherLines];
  }

  /**
   * The first failed step. Skips steps that were cancelled because of it or lost with the connection, and caches, which do
   * not fail a build.
   */
  get failedStep(): FailedStep | undefined {
    const failed = [...this.#steps.values()].find(
      ({ vertex }) =>
        hasFailed(vertex) && !isCancellation(vertex) && !isCache(vertex) && !isBrokenConnection(vertex.error),
    );
    if (failed === undefined) return undefined;
    const { vertex, output } = failed;
    return { name: vertex.name, error: vertex.error ?? '', output: outputLines(output).slice(-lastLines) };
  }

  /** The line of the Dockerfile that buildx prints with its error. */
  get failedLine(): number | undefined {
    const [line] = this.#otherLines.flatMap((text) => /^\S.*:(\d+)$/.exec(text)?.[1] ?? []);
    return line === undefined ? undefined : Number(line);
  }

  /** The errors of reading and writing the cache. A cache that does not exist yet is not an error. */
  get cacheFailures(): { readonly read: string | undefined; readonly written: string | undefined } {
    const failed = [...this.#steps.values()].map((step) => step.vertex).filter(hasFailed);
    const unread = failed.filter(isCacheImport).filter(({ error = '' }) => !/not found$/i.test(error));
    return { read: unread[0]?.error, written: failed.find(isCacheExport)?.error };
  }

  /** The warnings of the build checks. */
  get checks(): readonly Check[] {
    return [...this.#checks.values()];
  }

  /** The number of cached steps and of all steps of the Dockerfile. */
  get cached(): { readonly hits: number; readonly steps: number } {
    const steps = [...this.#steps.values()].filter(({ vertex }) => isOfDockerfile(vertex));
    return { hits: steps.filter(({ vertex }) => vertex.cached === true).length, steps: steps.length };
  }

  /** The error of buildx, without the common prefix. */
  get reason(): string | undefined {
    return this.#otherLines.at(-1)?.replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?(?=.)/, '');
  }

  /** The error of buildx, if no step failed and the connection to BuildKit broke during the build. */
  get brokenConnection(): string | undefined {
    const { reason, failedStep } = this;
    return failedStep === undefined && isBrokenConnection(reason) ? reason : undefined;
  }

  /** Returns the steps, each after its inputs. BuildKit reports them in reverse, because it searches its cache backwards. */
  #inOrder(): readonly Step[] {
    const ordered = new Set<Step>();
    const visited = new Set<Step>();
    // Not recursive: a build may have more steps in a row than the stack has room for.
    const ahead = [...this.#steps.values()].reverse();
    for (let step = ahead.at(-1); step !== undefined; step = ahead.at(-1)) {
      if (visited.has(step)) {
        ordered.add(step);
        ahead.pop();
        continue;
      }
      visited.add(step);
      for (const input of step.vertex.inputs?.toReversed() ?? []) {
        const before = this.#steps.get(input);
        if (before !== undefined && !visited.has(before)) ahead.push(before);
      }
    }
    return [...ordered];
  }

  #follow(vertex: Vertex): void {
    const known = this.#steps.get(vertex.digest);
    this.#steps.set(vertex.digest, { vertex, output: known?.output ?? '' });
    const isNew = known?.vertex.completed === undefined && vertex.cached !== true;
    if (isNew && (milliseconds(vertex) ?? 0) >= longStep)
      this.#onLongStep(`${vertex.name}${describeTime(vertex)}`);
  }

  #check({ short, detail, url, range }: Warning): void {
    const message = decode(short);
    const line = range?.[0]?.start?.line;
    const text = (detail ?? []).map(decode).join(' ');
    this.#checks.set(`${line}:${message}`, { message, detail: text, url, line });
  }
}

function parse(line: string): z.output<typeof solveStatus> | undefined {
  return line.startsWith('{') ? parseOutput(line, solveStatus) : undefined;
}

function decode(data: string | undefined): string {
  return Buffer.from(data ?? '', 'base64').toString('utf8');
}

/** Cuts the output only now and then, because each cut copies it. */
function append(step: Step, text: string): void {
  step.output += text;
  if (step.output.length > 2 * keptOutput) step.output = step.output.slice(-keptOutput);
}

function outputLines(output: string): string[] {
  return output
    .slice(-keptOutput)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
}

function hasFailed({ error }: Vertex): boolean {
  return error !== undefined && error !== '';
}

function isCancellation({ error }: Vertex): boolean {
  return /context canceled/i.test(error ?? '');
}

/**
 * Whether an error is of gRPC between buildx and BuildKit, after the connection was established. Errors of registries have
 * other texts: BuildKit retries their requests itself.
 */
function isBrokenConnection(error: string | undefined): boolean {
  return (
    /^(?:failed to (?:receive|get) status: )?(?:rpc error: code = )?(?:Unavailable|Internal)(?: desc = |: )/.test(
      error ?? '',
    ) &&
    /error reading from server|closing transport|transport is closing|RST_STREAM|server handshake|reset by peer|broken pipe/.test(
      error ?? '',
    )
  );
}

function isCache(vertex: Vertex): boolean {
  return isCacheImport(vertex) || isCacheExport(vertex);
}

function isCacheImport({ name }: Vertex): boolean {
  return name.startsWith('importing cache manifest from ');
}

/** Whether a step exports a cache. Exporters choose their own step names (moby/buildkit, cache/remotecache). */
function isCacheExport({ name }: Vertex): boolean {
  return name.startsWith('exporting cache to ') || name === 'exporting to GitHub Actions Cache';
}

/** Whether a step is from the Dockerfile. Its name has a counter: `[linux/amd64 build 2/3] RUN …`. */
function isOfDockerfile({ name }: Vertex): boolean {
  return /^\[(?:[^\]]* )?\d+\/\d+\] /.test(name);
}

function milliseconds({ started, completed }: Vertex): number | undefined {
  if (started === undefined || completed === undefined) return undefined;
  return Date.parse(completed) - Date.parse(started);
}

function describeTime(vertex: Vertex): string {
  if (vertex.cached === true) return ' (cached)';
  if (hasFailed(vertex)) return ' (failed)';
  const time = milliseconds(vertex);
  return time === undefined ? '' : ` (${(time / 1000).toFixed(1)} s)`;
}

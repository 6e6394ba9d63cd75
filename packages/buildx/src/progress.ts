/** What BuildKit's rawjson progress holds: one object a line (moby/buildkit, client.SolveStatus). */
interface SolveStatus {
  readonly vertexes?: readonly Vertex[];
  readonly logs?: readonly { readonly vertex: string; readonly data?: string }[];
  readonly warnings?: readonly Warning[];
}

interface Vertex {
  readonly digest: string;
  readonly name: string;
  /** The digests of those that it is built upon. */
  readonly inputs?: readonly string[];
  readonly started?: string;
  readonly completed?: string;
  readonly cached?: boolean;
  readonly error?: string;
}

/** Texts are in base64. */
interface Warning {
  readonly short?: string;
  readonly detail?: readonly string[];
  readonly url?: string;
  readonly sourceInfo?: { readonly filename?: string };
  readonly range?: readonly { readonly start?: { readonly line?: number } }[];
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

/** What one of BuildKit's checks says of a Dockerfile (docs.docker.com, "Build checks"). */
export interface Check {
  /** e.g. `FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)`. */
  readonly message: string;
  readonly detail: string;
  readonly url: string | undefined;
  readonly line: number | undefined;
}

const keptOutput = 64 * 1024;
const lastLines = 20;

/** Shorter steps are told of at the end of a build alone. */
const longStep = 1_000;

/** Follows a build from its progress lines. */
export class BuildProgress {
  readonly #steps = new Map<string, Step>();
  readonly #checks = new Map<string, Check>();
  readonly #stray: string[] = [];
  readonly #onLongStep: (line: string) => void;

  /** @param onLongStep is told of each step that took its time, when it is done */
  constructor(onLongStep: (line: string) => void = () => undefined) {
    this.#onLongStep = onLongStep;
  }

  /** Takes one line of buildx's standard error. What is no progress is kept as it is. */
  add(line: string): void {
    const status = parse(line);
    if (status === undefined) {
      if (line.trim() !== '') this.#stray.push(line);
      return;
    }
    for (const vertex of status.vertexes ?? []) this.#follow(vertex);
    for (const { vertex, data } of status.logs ?? []) {
      const step = this.#steps.get(vertex);
      if (step !== undefined) step.output = (step.output + decode(data)).slice(-keptOutput);
    }
    for (const warning of status.warnings ?? []) this.#check(warning);
  }

  /** The build for a reader: every step with its time, and what it printed, after those that it is built upon. */
  lines(): string[] {
    const steps = this.#inOrder().flatMap(({ vertex, output }) => [
      `${vertex.name}${describeTime(vertex)}`,
      ...outputLines(output).map((line) => `  ${line}`),
    ]);
    return [...steps, ...this.#stray];
  }

  /** The step that failed first; what was cancelled because of it is not meant, nor a cache: a build goes on without. */
  get failedStep(): FailedStep | undefined {
    const failed = [...this.#steps.values()].find(
      ({ vertex }) => hasFailed(vertex) && !isCancellation(vertex) && !isCache(vertex),
    );
    if (failed === undefined) return undefined;
    const { vertex, output } = failed;
    return { name: vertex.name, error: vertex.error ?? '', output: outputLines(output).slice(-lastLines) };
  }

  /** The line of the Dockerfile that buildx shows beside its error. */
  get failedLine(): number | undefined {
    const [line] = this.#stray.flatMap((text) => /^\S.*:(\d+)$/.exec(text)?.[1] ?? []);
    return line === undefined ? undefined : Number(line);
  }

  /** Why the cache could not be read, or not be written. That there is none yet is no failure. */
  get cacheFailures(): { readonly read: string | undefined; readonly written: string | undefined } {
    const failed = [...this.#steps.values()].map((step) => step.vertex).filter(hasFailed);
    const unread = failed.filter(isCacheImport).filter(({ error = '' }) => !/not found$/i.test(error));
    return { read: unread[0]?.error, written: failed.find(isCacheExport)?.error };
  }

  /** What BuildKit's checks say of the Dockerfile. */
  get checks(): readonly Check[] {
    return [...this.#checks.values()];
  }

  /** How many steps of the Dockerfile came from the cache, of how many there were. */
  get cached(): { readonly hits: number; readonly steps: number } {
    const steps = [...this.#steps.values()].filter(({ vertex }) => isOfDockerfile(vertex));
    return { hits: steps.filter(({ vertex }) => vertex.cached === true).length, steps: steps.length };
  }

  /** Why the build failed, in buildx's own words: without those that every failure begins with. */
  get reason(): string | undefined {
    return this.#stray.at(-1)?.replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?(?=.)/, '');
  }

  /** BuildKit looks for the last step in its cache first, and tells of them in that order. */
  #inOrder(): readonly Step[] {
    const ordered = new Set<Step>();
    const visit = (digest: string): void => {
      const step = this.#steps.get(digest);
      if (step === undefined || ordered.has(step)) return;
      for (const input of step.vertex.inputs ?? []) visit(input);
      ordered.add(step);
    };
    for (const digest of this.#steps.keys()) visit(digest);
    return [...ordered];
  }

  #follow(vertex: Vertex): void {
    const known = this.#steps.get(vertex.digest);
    this.#steps.set(vertex.digest, { vertex, output: known?.output ?? '' });
    const isNews = known?.vertex.completed === undefined && vertex.cached !== true;
    if (isNews && (milliseconds(vertex) ?? 0) >= longStep)
      this.#onLongStep(`${vertex.name}${describeTime(vertex)}`);
  }

  #check({ short, detail, url, range }: Warning): void {
    const message = decode(short);
    const line = range?.[0]?.start?.line;
    const text = (detail ?? []).map(decode).join(' ');
    this.#checks.set(`${line}:${message}`, { message, detail: text, url, line });
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

function hasFailed({ error }: Vertex): boolean {
  return error !== undefined && error !== '';
}

function isCancellation({ error }: Vertex): boolean {
  return /context canceled/i.test(error ?? '');
}

function isCache(vertex: Vertex): boolean {
  return isCacheImport(vertex) || isCacheExport(vertex);
}

function isCacheImport({ name }: Vertex): boolean {
  return name.startsWith('importing cache manifest from ');
}

/** The exporters of BuildKit have names of their own choice (moby/buildkit, cache/remotecache). */
function isCacheExport({ name }: Vertex): boolean {
  return name.startsWith('exporting cache to ') || name === 'exporting to GitHub Actions Cache';
}

/** Such steps are counted, by platform and stage: `[linux/amd64 build 2/3] RUN …`. */
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

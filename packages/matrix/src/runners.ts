import { commonPlatforms, formatPlatform, parseKnownPlatform } from '@towpath/reference';
import { nearest } from '@towpath/errors';

/** The value of `runs-on`: a label, several labels that a runner must all have, or a group of runners. */
export type Runner =
  string | readonly string[] | { readonly group: string; readonly labels?: readonly string[] };

/** The runner of each platform. */
export interface RunnerMap {
  readonly default: Runner;
  /** Keyed by `os`, `os/architecture` or `os/architecture/variant`. */
  readonly byPlatform: ReadonlyMap<string, Runner>;
}

/** The key for all platforms that no other key matches. */
const defaultKey = 'default';

/** The operating systems that a key may consist of alone. */
const systems = new Set(commonPlatforms.map((platform) => platform.split('/')[0] ?? ''));

/**
 * Parses the lines of a runner map: `platform=label`, of which one must be `default=label`.
 *
 * @param problem is called for every line that is wrong
 */
export function parseRunners(
  text: string,
  problem: (message: string, hint?: string) => void,
): RunnerMap | undefined {
  const found = new Map<string, Runner>();
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const { key = '', value = '' } = /^(?<key>[^=]*)=(?<value>.*)$/.exec(line)?.groups ?? {};
    const name = normalKey(key.trim());
    const runner = parseRunner(value.trim());
    if (!line.includes('='))
      problem(
        `Input runners has the line ${quoted(line)}.`,
        'Write platform=label, e.g. linux/arm64=ubuntu-24.04-arm.',
      );
    else if (name === undefined)
      problem(`Input runners has ${quoted(key.trim())}, which is not a platform.`, nearestKey(key.trim()));
    else if (runner === undefined)
      problem(
        `Input runners has no valid runner for ${name}: ${quoted(value.trim())}.`,
        'Write a label such as ubuntu-24.04-arm, several as ["self-hosted", "linux", "arm64"], or {"group": "name"}.',
      );
    else if (found.has(name)) problem(`Input runners has ${name} twice.`, 'Remove one of the lines.');
    else found.set(name, runner);
  }
  const { [defaultKey]: fallback, ...others } = Object.fromEntries(found);
  if (fallback === undefined) {
    problem(
      'Input runners has no default.',
      'Add a line for all other platforms, e.g. default=ubuntu-latest.',
    );
    return undefined;
  }
  return { default: fallback, byPlatform: new Map(Object.entries(others)) };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}

/** Returns the key in normal form. `linux/arm` stays as it is: it stands for all variants. */
function normalKey(key: string): string | undefined {
  const lower = key.toLowerCase();
  if (lower === defaultKey || systems.has(lower)) return lower;
  const platform = parseKnownPlatform(lower);
  if (platform === undefined) return undefined;
  const isGeneral = lower.split('/').length === 2 && platform.architecture === 'arm';
  return isGeneral ? `${platform.os}/arm` : formatPlatform(platform);
}

function nearestKey(key: string): string {
  const alone = parseKnownPlatform(`linux/${key}`);
  const meant = alone === undefined ? nearest(key, [defaultKey, ...commonPlatforms]) : formatPlatform(alone);
  return meant === undefined ? 'Write a platform such as linux/arm64, or default.' : `Did you mean ${meant}?`;
}

/** Parses the value of `runs-on`: JSON, or labels that commas separate. */
function parseRunner(text: string): Runner | undefined {
  if (text.startsWith('[') || text.startsWith('{')) return parseJson(text);
  const labels = text.split(',').map((label) => label.trim());
  const [only] = labels;
  if (!labels.every(isLabel)) return undefined;
  return labels.length === 1 ? only : labels;
}

function parseJson(text: string): Runner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (isLabels(value)) return value.length === 1 ? value[0] : value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const { group, labels, ...others } = value as Readonly<Record<string, unknown>>;
    if (!isLabel(group) || Object.keys(others).length > 0) return undefined;
    if (labels === undefined) return { group };
    const list = isLabel(labels) ? [labels] : labels;
    return isLabels(list) ? { group, labels: list } : undefined;
  } catch {
    return undefined;
  }
}

/** The characters of a label: not those of an expression that was not evaluated. */
const labelPattern = /^[^\s,$"'`{}[\]=](?:[^\n\r,$"'`{}[\]]{0,254}[^\s,$"'`{}[\]])?$/;

function isLabel(value: unknown): value is string {
  return typeof value === 'string' && labelPattern.test(value);
}

function isLabels(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.length <= 20 && value.every(isLabel);
}

/**
 * Returns the runner of a platform: that of the longest key whose parts the platform begins with.
 *
 * @param platform in normal form; undefined for the platform of the runner itself
 */
export function runnerFor(
  platform: string | undefined,
  { default: fallback, byPlatform }: RunnerMap,
): Runner {
  const parts = platform?.split('/') ?? [];
  for (let length = parts.length; length > 0; length -= 1) {
    const runner = byPlatform.get(parts.slice(0, length).join('/'));
    if (runner !== undefined) return runner;
  }
  return fallback;
}

/** The labels of runners that GitHub hosts and that can build Linux images (GitHub docs, "GitHub-hosted runners"). */
const hosted = [
  'ubuntu-latest',
  'ubuntu-26.04',
  'ubuntu-24.04',
  'ubuntu-22.04',
  'ubuntu-26.04-arm',
  'ubuntu-24.04-arm',
  'ubuntu-22.04-arm',
];

/** The architectures of the labels that GitHub gives to self-hosted runners (GitHub docs, "Using self-hosted runners"). */
const architectures: ReadonlyMap<string, string> = new Map([
  ['x64', 'linux/amd64'],
  ['arm64', 'linux/arm64'],
]);

/**
 * Returns the platform of a runner, if its labels say it: a runner that GitHub hosts, or a self-hosted one with the
 * label of its architecture.
 */
export function platformOf(runner: Runner): string | undefined {
  if (typeof runner === 'string') {
    const label = runner.toLowerCase();
    if (!hosted.includes(label)) return undefined;
    return label.endsWith('-arm') ? 'linux/arm64' : 'linux/amd64';
  }
  const labels = (isLabels(runner) ? runner : (runner.labels ?? [])).map((label) => label.toLowerCase());
  const found = labels.flatMap((label) => architectures.get(label) ?? []);
  return found.length === 1 && !labels.includes('windows') && !labels.includes('macos')
    ? found[0]
    : undefined;
}

/** Returns the labels of a runner that GitHub may host. With `self-hosted` or a group, labels are free. */
function checkedLabels(runner: Runner): readonly string[] {
  if (typeof runner === 'string') return [runner];
  if (!isLabels(runner)) return [];
  return runner.some((label) => label.toLowerCase() === 'self-hosted') ? [] : runner;
}

/**
 * Returns warnings about runners that GitHub does not host. If no runner has the label, GitHub lets the job wait for a
 * day without a message.
 */
export function runnerWarnings(runners: Iterable<Runner>): readonly string[] {
  const warnings = new Set<string>();
  for (const runner of [...runners].flatMap(checkedLabels)) {
    const label = runner.toLowerCase();
    if (hosted.includes(label) || label === 'self-hosted' || /^codebuild-.+-\d+-\d+$/.test(label)) continue;
    const isWithoutDocker = /^(?:windows|macos)-/.test(label);
    const meant = nearest(label, hosted);
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    warnings.add(
      isWithoutDocker
        ? `Runner ${runner} cannot build Linux images. Use a Linux runner such as ubuntu-latest.`
        : `Runner ${runner} is not a label of GitHub. If no runner has this label, the job waits for a day.${hint}`,
    );
  }
  return [...warnings];
}

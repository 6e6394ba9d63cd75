/** An annotation, which GitHub displays outside the log. */
export interface LoggedAnnotation {
  readonly level: 'notice' | 'warning' | 'error';
  readonly message: string;
  readonly title?: string;
  readonly file?: string;
  readonly line?: string;
}

/** The log of a step as GitHub displays it: workflow commands are executed, and masked values are replaced by `***`. */
export class StepLog {
  readonly #lines: string[] = [];
  readonly #masks = new Set<string>();
  readonly annotations: LoggedAnnotation[] = [];

  /** @param masks values to mask from the start: the secrets of the job */
  constructor(masks: Iterable<string>) {
    for (const mask of masks) this.#mask(mask);
  }

  get text(): string {
    return this.#lines.map((line) => this.#masked(line)).join('\n');
  }

  get masks(): ReadonlySet<string> {
    return this.#masks;
  }

  /** Adds a line of standard output or standard error. */
  add(line: string): void {
    const { command, properties, data } =
      /^\s*::(?<command>[\w-]+)(?: (?<properties>.*?))?::(?<data>.*)$/.exec(line)?.groups ?? {};
    if (command === undefined) {
      this.#lines.push(line);
      return;
    }
    this.#execute(command, parseProperties(properties ?? ''), unescape(data ?? ''));
  }

  #execute(command: string, properties: Readonly<Record<string, string>>, data: string): void {
    switch (command) {
      case 'add-mask':
        this.#mask(data);
        break;
      case 'notice':
      case 'warning':
      case 'error':
        this.annotations.push({ level: command, message: this.#masked(data), ...properties });
        this.#lines.push(`${command[0]?.toUpperCase() ?? ''}${command.slice(1)}: ${data}`);
        break;
      case 'group':
        this.#lines.push(`▸ ${data}`);
        break;
      case 'endgroup':
      case 'debug':
        break;
      default:
        throw new Error(`The runner does not support or does not allow the command ${command}.`);
    }
  }

  /** Masks the value and each of its lines (actions/runner, ActionCommandManager.cs). */
  #mask(value: string): void {
    for (const line of [value, ...value.split(/\r?\n/)]) if (line.trim() !== '') this.#masks.add(line);
  }

  #masked(line: string): string {
    return [...this.#masks].reduce((text, mask) => text.replaceAll(mask, '***'), line);
  }
}

function parseProperties(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const equals = pair.indexOf('=');
    return equals < 0 ? [] : [[pair.slice(0, equals).trim(), unescape(pair.slice(equals + 1))] as const];
  });
  return Object.fromEntries(pairs);
}

function unescape(text: string): string {
  const escapes: Readonly<Record<string, string>> = {
    '%25': '%',
    '%0D': '\r',
    '%0A': '\n',
    '%3A': ':',
    '%2C': ',',
  };
  return text.replace(/%(?:25|0D|0A|3A|2C)/g, (escape) => escapes[escape] ?? escape);
}

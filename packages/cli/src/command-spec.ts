import type { LoadedAction } from './action-commands.ts';
import type { Flag } from './flag.ts';

/** A command, with its flags and arguments. */
export interface CommandSpec {
  /** The words of the command, e.g. `release show`. */
  readonly name: string;
  /** As commander writes them, e.g. `<image...>`. */
  readonly parameters?: string;
  /** Markdown. */
  readonly description: string;
  readonly flags: readonly Flag[];
  readonly load: () => Promise<LoadedAction>;
  /** Returns the values of inputs that follow from the arguments. */
  readonly given?: (args: readonly string[]) => Readonly<Record<string, string>>;
  /** Whether the input `flags` gets all flags that are given, as JSON, instead of each input its value. */
  readonly readsFlags?: boolean;
}

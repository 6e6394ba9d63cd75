import { credentialsOf, proxyName } from '@towpath/proxy';
import type { Hit, Rule } from '../rule.ts';
import { runsOf } from '../runs.ts';
import type { Subject } from '../subject.ts';
import { referencesIn, variablesOf } from '../variables.ts';
import { keptIn, ownSteps, withoutInstruction, type Keeping } from './parts.ts';

export const proxyEnv: Rule = {
  id: 'proxy-env',
  since: 1,
  severity: 'error',
  security: 7,
  title: 'The image keeps a proxy in its environment',
  why: 'Every container of the image uses the proxy, also where it cannot be reached. A password in the address can be read by everyone who can pull the image. In a stage that is not part of the image, a proxy without a password is a warning.',
  fix: 'Delete the line. BuildKit passes the proxy of the build to every `RUN`, and nothing of it stays in the image. If containers need the proxy, set it where they run, or set `proxy: { persist: true }` for the image.',
  example: {
    bad: 'FROM alpine:3.22\nENV HTTPS_PROXY=http://proxy.example:3128\n',
    good: 'FROM alpine:3.22\nRUN wget -q https://example.com/file\n',
  },
  check: function* (subject) {
    for (const { instruction, isTrigger, stage } of ownSteps(subject)) {
      if (instruction.keyword !== 'ENV') continue;
      const variables = variablesOf(instruction);
      for (const { name, value = '', line } of variables) {
        const hit = keptProxy(name, value, keptIn(stage));
        if (hit === undefined) continue;
        const isAlone = variables.length === 1 && !isTrigger;
        yield { line, ...hit, ...(isAlone && { edits: withoutInstruction(instruction) }) };
      }
    }
    yield* keptByTools(subject);
  },
};

function keptProxy(
  name: string,
  value: string,
  { isShipped, where }: Keeping,
): Pick<Hit, 'message' | 'hint' | 'severity'> | undefined {
  const hint = 'Delete the line: BuildKit passes the proxy to every RUN, without keeping it in the image.';
  if (proxyName(name) !== undefined && value.trim() !== '') {
    const hasPassword = proxyName(name) !== 'NO_PROXY' && credentialsOf(value).length > 0;
    return {
      ...(!isShipped && !hasPassword && { severity: 'warning' }),
      message: `ENV ${name} keeps a proxy ${hasPassword ? 'with its password ' : ''}in ${where}.`,
      hint,
    };
  }
  const source = referencesIn(value).find((one) => proxyName(one) !== undefined);
  if (source === undefined) return undefined;
  return {
    ...(!isShipped && { severity: 'warning' }),
    message: `ENV ${name} keeps the value of ${source} in ${where}.`,
    hint,
  };
}

/** The settings of tools that keep a proxy in a file of the image. */
const settings =
  /^(?:git config .*https?\.(?:\S{1,200}\.)?proxy \S|(?:npm|pnpm|yarn) config set (?:-\S+ )*(?:https?-?)?proxy[ =]\S|pip3? config set \S{0,100}proxy \S|dnf config-manager .*proxy=\S)/i;

function* keptByTools(subject: Subject): Iterable<Hit> {
  for (const { stage, commands } of runsOf(subject)) {
    if (!stage.isShipped) continue;
    for (const { words, line } of commands) {
      const text = words
        .map((word) => word.text)
        .join(' ')
        .slice(0, 1_000);
      const isSet =
        settings.test(text) || /^(?:echo|printf) .*Acquire::(?:http|https|ftp)::Proxy\s/i.test(text);
      if (isSet)
        yield {
          line,
          severity: 'warning',
          message: `RUN keeps a proxy in the configuration of ${words[0]?.text === 'echo' || words[0]?.text === 'printf' ? 'apt' : (words[0]?.text ?? '')}.`,
          hint: 'Delete the setting: the program takes the proxy from the variables that BuildKit passes to every RUN.',
        };
    }
  }
}

export const proxyArg: Rule = {
  id: 'proxy-arg',
  since: 1,
  severity: 'warning',
  security: 5,
  title: 'A proxy is declared as a build argument',
  why: 'BuildKit predefines the proxy arguments and keeps them out of the image. With an `ARG` line of its own, the proxy and its password stay in the history of the image, and another proxy invalidates the cache. An `ARG` before the first `FROM` is not reported: only `FROM` lines see it.',
  fix: 'Delete the line. `RUN` steps see the proxy without it.',
  example: {
    bad: 'FROM alpine:3.22\nARG HTTPS_PROXY\nRUN wget -q https://example.com/file\n',
    good: 'FROM alpine:3.22\nRUN wget -q https://example.com/file\n',
  },
  check: function* (subject) {
    for (const { instruction, isTrigger, stage } of ownSteps(subject)) {
      // Before the first stage, an ARG is for FROM lines only: it reaches no step and no image.
      if (instruction.keyword !== 'ARG' || stage === undefined) continue;
      const { isShipped, where } = keptIn(stage);
      const variables = variablesOf(instruction);
      for (const { name, value, line } of variables) {
        if (proxyName(name) === undefined) continue;
        const hasPassword = value !== undefined && credentialsOf(value).length > 0;
        yield {
          line,
          ...(hasPassword && { severity: 'error' }),
          message: `ARG ${name} keeps the proxy ${hasPassword ? 'and its password ' : ''}in ${isShipped ? 'the history of the image' : where}.`,
          hint: `Delete the line: ${name} is predefined for every RUN.`,
          ...(variables.length === 1 && !isTrigger && { edits: withoutInstruction(instruction) }),
        };
      }
    }
  },
};

import { execForm, type Instruction } from '@towpath/dockerfile';
import type { Edit } from '../edits.ts';
import type { Rule } from '../rule.ts';
import type { Step, Subject } from '../subject.ts';
import { variablesOf } from '../variables.ts';

function isCommand({ instruction: { keyword } }: Step): boolean {
  return keyword === 'CMD' || keyword === 'ENTRYPOINT';
}

/** Returns an edit for an instruction on a single line. */
function lineEdit(
  { lines }: Subject,
  { instruction: { line, lastLine }, isTrigger }: Step,
  change: (text: string) => string | undefined,
): readonly Edit[] | undefined {
  const old = lines[line - 1] ?? '';
  const text = isTrigger || lastLine !== line ? undefined : change(old);
  return text === undefined ? undefined : [{ kind: 'replace', line, column: 0, length: old.length, text }];
}

export const shellForm: Rule = {
  id: 'shell-form',
  since: 1,
  severity: 'warning',
  title: 'CMD or ENTRYPOINT has the shell form',
  why: 'The process is started by a shell, which does not pass signals on: when Amazon ECS or Kubernetes stops the container, it is killed after the timeout. With a `SHELL` instruction of its own, the rule assumes that the form is intended.',
  fix: 'Write a JSON list: `CMD ["node", "server.js"]`. If the command needs a shell, write `CMD ["sh", "-c", "exec …"]`.',
  example: {
    bad: 'FROM node:22.11.0\nCMD node server.js\n',
    good: 'FROM node:22.11.0\nCMD ["node", "server.js"]\n',
  },
  buildkit: ['JSONArgsRecommended'],
  hadolint: ['DL3025'],
  difference:
    'DL3025 also reports the shell form in stages with a `SHELL` instruction, and `HEALTHCHECK CMD` with it.',
  check: function* (subject) {
    for (const { steps } of subject.stages) {
      if (steps.some(({ instruction }) => instruction.keyword === 'SHELL')) continue;
      for (const step of steps) {
        const { keyword, words, line } = step.instruction;
        const text = words.map((word) => word.text).join(' ');
        const isList = execForm(step.instruction) !== undefined || looksLikeList(text);
        if (!isCommand(step) || text === '' || isList) continue;
        const edits = lineEdit(subject, step, (text) => asList(text, step.instruction));
        yield {
          line,
          message: `${keyword} has the shell form, so the process does not receive signals.`,
          hint: `Write a JSON list: ${shownList(step.instruction) ?? `${keyword} ["sh", "-c", "exec …"]`}`,
          ...(edits !== undefined && { edits }),
        };
      }
    }
  },
};

/** Returns the list for a message. The value after an option such as `--password` is not shown. */
function shownList(instruction: Instruction): string | undefined {
  const mayShow = !instruction.words.some(({ text }) => /passw|token|secret|key|:.*@/i.test(text));
  return mayShow ? listOf(instruction) : undefined;
}

/** Returns the list for a command without anything that a shell would interpret. */
function listOf({ keyword, words }: Instruction): string | undefined {
  const texts = words.map(({ text }) => text);
  if (!texts.every((text) => /^[\w./:=@,+%-]+$/.test(text)) || texts.some((text) => /^\w+=/.test(text)))
    return undefined;
  // Programs that only a shell has.
  if (['exec', 'cd', 'export', 'source', '.', 'set', 'if', 'while', 'for'].includes(texts[0] ?? ''))
    return undefined;
  const list = texts.map((text) => JSON.stringify(text)).join(', ');
  return list.length > 300 ? undefined : `${keyword} [${list}]`;
}

function asList(text: string, instruction: Instruction): string | undefined {
  const list = listOf(instruction);
  if (list === undefined) return undefined;
  const [head = ''] = /^\s*\S+\s+/.exec(text) ?? [];
  return `${head}${list.slice(instruction.keyword.length + 1)}`;
}

export const execFormInvalid: Rule = {
  id: 'exec-form',
  since: 1,
  severity: 'error',
  title: 'A JSON list is not valid',
  why: 'BuildKit then takes the text for a shell command, which starts with a bracket and fails when the container starts. JSON needs double quotes.',
  fix: 'Write double quotes around each item, and commas between them.',
  example: {
    bad: `FROM node:22.11.0\nCMD ['node', 'server.js']\n`,
    good: 'FROM node:22.11.0\nCMD ["node", "server.js"]\n',
  },
  buildkit: ['JSONArgsRecommended'],
  hadolint: ['DL3025'],
  check: function* (subject) {
    for (const { steps } of subject.stages)
      for (const step of steps) {
        const { instruction } = step;
        const text = instruction.words.map((word) => word.text).join(' ');
        const isList = isCommand(step) || ['SHELL', 'RUN', 'VOLUME'].includes(instruction.keyword);
        const isMeant = looksLikeList(text) || (instruction.keyword === 'SHELL' && text !== '');
        if (!isList || !isMeant || execForm(instruction) !== undefined) continue;
        const edits = lineEdit(subject, step, quoted);
        yield {
          line: instruction.line,
          message: `${instruction.keyword} has a list that is not valid JSON.`,
          hint: `Write ${instruction.keyword} ["program", "argument"] with double quotes.`,
          ...(edits !== undefined && { edits }),
        };
      }
  },
};

/** Whether a text is a list, well-formed or not. */
function looksLikeList(text: string): boolean {
  return /^\[\s*["'“‘]/.test(text) && !shellTest.test(text);
}

/** `[ "$A" = "b" ]` and `[ "$A" ] && …`. */
const shellTest = /^\[\s[^\]]{0,1000}?\s(?:(?:!?=|==|=~|-[a-z]{1,2}|<|>)\s|\]\s*(?:&&|\|\||;))/;

/** Replaces single quotes by double quotes, if the result is valid. */
function quoted(text: string): string | undefined {
  const at = text.indexOf('[');
  const list = text
    .slice(at)
    .replace(/["“”'‘’]/g, '"')
    .replace(/,\s*\]/, ']')
    .trimEnd();
  try {
    const value: unknown = JSON.parse(list);
    return Array.isArray(value) && value.every((one) => typeof one === 'string')
      ? `${text.slice(0, at)}${list}`
      : undefined;
  } catch {
    return undefined;
  }
}

export const commandRepeated: Rule = {
  id: 'command-repeated',
  since: 1,
  severity: 'warning',
  title: 'A stage has several CMD or ENTRYPOINT',
  why: 'Only the last one counts.',
  fix: 'Delete the others.',
  example: {
    bad: 'FROM node:22.11.0\nCMD ["node", "a.js"]\nCMD ["node", "b.js"]\n',
    good: 'FROM node:22.11.0\nCMD ["node", "b.js"]\n',
  },
  buildkit: ['MultipleInstructionsDisallowed'],
  hadolint: ['DL4003', 'DL4004'],
  check: function* ({ stages }) {
    for (const { steps } of stages)
      for (const keyword of ['CMD', 'ENTRYPOINT']) {
        const all = steps.filter(
          ({ instruction, isTrigger }) => instruction.keyword === keyword && !isTrigger,
        );
        const last = all.at(-1)?.instruction.line ?? 0;
        for (const { instruction } of all.slice(0, -1))
          yield {
            line: instruction.line,
            overriddenIn: last,
            message: `${keyword} is replaced by the one in line ${last}.`,
            hint: 'Delete the line.',
            edits: [{ kind: 'delete', from: instruction.line, to: instruction.lastLine }],
          };
      }
  },
};

export const workdirRelative: Rule = {
  id: 'workdir-relative',
  since: 1,
  severity: 'warning',
  title: 'WORKDIR is a relative path',
  why: 'It depends on the `WORKDIR` of the base image, which can change.',
  fix: 'Write an absolute path.',
  example: { bad: 'FROM alpine:3.22\nWORKDIR app\n', good: 'FROM alpine:3.22\nWORKDIR /app\n' },
  buildkit: ['WorkdirRelativePath'],
  hadolint: ['DL3000'],
  difference:
    'DL3000 is an error. It also reports a path below an absolute `WORKDIR` of the same Dockerfile.',
  check: function* ({ stages }) {
    const absolute = new Set<unknown>();
    for (const stage of stages) {
      // A path below one that this Dockerfile has set is known.
      let isKnown = stage.parent !== undefined && absolute.has(stage.parent);
      for (const { instruction, isTrigger, expand } of stage.steps) {
        if (instruction.keyword !== 'WORKDIR') continue;
        const { text, isUncertain } = expand(instruction.words.map((word) => word.text).join(' '));
        const isAbsolute = isUncertain || /^(?:["']?[/\\$]|[A-Za-z]:)/.test(text);
        if (!isAbsolute && !isKnown)
          yield {
            line: instruction.line,
            message: `WORKDIR ${text} is relative to the WORKDIR of the base image.`,
            hint: `Write an absolute path, such as /${text}.`,
          };
        isKnown ||= isAbsolute && !isTrigger;
      }
      if (isKnown) absolute.add(stage);
    }
  },
};

export const legacyForm: Rule = {
  id: 'legacy-form',
  since: 1,
  severity: 'info',
  title: 'An instruction has a form that is no longer recommended',
  why: '`ENV NAME value` and `LABEL name value` set a single variable: the rest of the line is its value. `MAINTAINER` is deprecated.',
  fix: 'Write an equals sign. Write `LABEL org.opencontainers.image.authors=…` instead of `MAINTAINER`.',
  example: { bad: 'FROM alpine:3.22\nENV MODE fast\n', good: 'FROM alpine:3.22\nENV MODE=fast\n' },
  buildkit: ['LegacyKeyValueFormat', 'MaintainerDeprecated'],
  hadolint: ['DL4000'],
  check: function* (subject) {
    for (const { steps } of subject.stages)
      for (const step of steps) {
        const { keyword, words, line } = step.instruction;
        const [first, second] = words;
        if (keyword === 'MAINTAINER') {
          const edits = lineEdit(subject, step, asLabel);
          yield {
            line,
            message: 'MAINTAINER is deprecated.',
            hint: 'Write LABEL org.opencontainers.image.authors="…".',
            ...(edits !== undefined && { edits }),
          };
        }
        const isLegacy = (keyword === 'ENV' || keyword === 'LABEL') && first?.text.includes('=') === false;
        if (!isLegacy || second === undefined) continue;
        const edits = lineEdit(subject, step, (text) => withEquals(text, step.instruction));
        yield {
          line,
          message: `${keyword} ${first.text} has no equals sign.`,
          hint: `Write ${keyword} ${first.text}=….`,
          ...(edits !== undefined && { edits }),
        };
      }
  },
};

function asLabel(text: string): string | undefined {
  const { head = '', name = '' } = /^(?<head>\s*)\S+\s+(?<name>.*\S)\s*$/.exec(text)?.groups ?? {};
  if (name === '' || /["\\$]/.test(name.replace(/^"(.*)"$/, '$1'))) return undefined;
  return `${head}LABEL org.opencontainers.image.authors="${name.replace(/^"(.*)"$/, '$1')}"`;
}

/** The value of the legacy form is the rest of the line. With an equals sign it needs quotes if it has spaces. */
function withEquals(text: string, instruction: Instruction): string | undefined {
  const [variable] = variablesOf(instruction);
  const { head = '', value = '' } = /^(?<head>\s*\S+\s+\S+)\s+(?<value>.*\S)\s*$/.exec(text)?.groups ?? {};
  if (variable === undefined || value === '') return undefined;
  if (/^[^\s"'\\]+$/.test(value) || /^"[^"\\]*"$/.test(value)) return `${head}=${value}`;
  return /["'\\]/.test(value) ? undefined : `${head}="${value}"`;
}

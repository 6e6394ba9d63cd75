import { nearest } from '@towpath/errors';
import { replaceWord } from '../edits.ts';
import type { Hit, Rule } from '../rule.ts';
import type { Step, Subject } from '../subject.ts';

function* stepsOf({ stages }: Subject, keyword: string): Iterable<Step> {
  for (const { steps } of stages)
    for (const step of steps) if (step.instruction.keyword === keyword) yield step;
}

const healthFlags = ['interval', 'timeout', 'start-period', 'start-interval', 'retries'];

export const healthcheck: Rule = {
  id: 'healthcheck',
  since: 1,
  severity: 'warning',
  title: 'A HEALTHCHECK is not valid, or has no effect',
  why: 'Only the last `HEALTHCHECK` of a stage counts. Options that are misspelled or after the command are part of the command. Amazon ECS and Kubernetes ignore the `HEALTHCHECK` of the image: set it in the task definition, too.',
  fix: 'Write `HEALTHCHECK --interval=30s CMD …` once, with valid options.',
  example: {
    bad: 'FROM nginx:1.29.1\nHEALTHCHECK --intervall=30s CMD ["curl", "-f", "http://localhost/"]\n',
    good: 'FROM nginx:1.29.1\nHEALTHCHECK --interval=30s CMD ["curl", "-f", "http://localhost/"]\n',
  },
  buildkit: ['MultipleInstructionsDisallowed'],
  hadolint: ['DL3012'],
  difference: 'BuildKit and hadolint report repeated instructions only.',
  check: function* (subject) {
    for (const step of stepsOf(subject, 'HEALTHCHECK')) yield* healthProblems(step);
    for (const { steps } of subject.stages) {
      const all = steps.filter(
        ({ instruction, isTrigger }) => instruction.keyword === 'HEALTHCHECK' && !isTrigger,
      );
      const last = all.at(-1)?.instruction.line ?? 0;
      for (const { instruction } of all.slice(0, -1))
        yield {
          line: instruction.line,
          overriddenIn: last,
          message: `HEALTHCHECK is replaced by the one in line ${last}.`,
          hint: 'Delete the line.',
          edits: [{ kind: 'delete', from: instruction.line, to: instruction.lastLine }],
        };
    }
  },
};

function* healthProblems({ instruction: { flags, words, line } }: Step): Iterable<Hit> {
  for (const flag of flags) {
    const { name = '', value = '' } = /^--(?<name>[^=]*)(?:=(?<value>.*))?$/s.exec(flag)?.groups ?? {};
    const meant = nearest(name, healthFlags);
    if (!healthFlags.includes(name))
      yield {
        line,
        message: `HEALTHCHECK has no option --${name}.`,
        hint:
          meant === undefined
            ? `Valid: ${healthFlags.map((one) => `--${one}`).join(', ')}.`
            : `Did you mean --${meant}?`,
      };
    else if (name === 'retries' ? !/^\d{1,6}$/.test(value) : !isDuration(value))
      yield {
        line,
        message: `HEALTHCHECK has --${name}=${value.slice(0, 40)}, which is not valid.`,
        hint:
          name === 'retries'
            ? 'Write a number such as --retries=3.'
            : `Write a duration such as --${name}=30s.`,
      };
  }
  const [first, ...rest] = words.map(({ text }) => text);
  const kind = first?.toUpperCase();
  if (kind === 'NONE' && rest.length > 0)
    yield { line, message: 'HEALTHCHECK NONE takes no arguments.', hint: 'Delete what comes after NONE.' };
  if (kind === 'CMD' && rest.length === 0)
    yield { line, message: 'HEALTHCHECK CMD has no command.', hint: 'Add the command after CMD.' };
  if (kind !== 'NONE' && kind !== 'CMD')
    yield { line, message: 'HEALTHCHECK has neither CMD nor NONE.', hint: 'Write CMD before the command.' };
  const late =
    kind === 'CMD'
      ? rest.find((word) => /^--(?:interval|timeout|retries|start-period)\b/.test(word))
      : undefined;
  if (late !== undefined && rest[0] === late)
    yield {
      line,
      message: `${late.slice(0, 60)} is part of the command, not an option.`,
      hint: 'Move it before CMD.',
    };
}

/** A duration of Go. A variable is not expanded there. */
function isDuration(text: string): boolean {
  return /^(?:0|(?:\d{1,9}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h)){1,6})$/.test(text);
}

const signals = [
  ...[
    'HUP',
    'INT',
    'QUIT',
    'ILL',
    'TRAP',
    'ABRT',
    'BUS',
    'FPE',
    'KILL',
    'USR1',
    'SEGV',
    'USR2',
    'PIPE',
    'ALRM',
  ],
  ...[
    'TERM',
    'STKFLT',
    'CHLD',
    'CONT',
    'STOP',
    'TSTP',
    'TTIN',
    'TTOU',
    'URG',
    'XCPU',
    'XFSZ',
    'VTALRM',
    'PROF',
  ],
  ...['WINCH', 'IO', 'POLL', 'PWR', 'SYS', 'IOT', 'CLD', 'RTMIN', 'RTMAX'],
].map((name) => `SIG${name}`);

export const stopsignal: Rule = {
  id: 'stopsignal',
  since: 1,
  severity: 'error',
  title: 'STOPSIGNAL is not a signal that stops a process',
  why: 'The container cannot be started, or it is killed without a chance to finish its requests.',
  fix: 'Write the signal that ends the process cleanly, usually `SIGTERM`, `SIGINT` or `SIGQUIT`.',
  example: {
    bad: 'FROM nginx:1.29.1\nSTOPSIGNAL SIGTREM\n',
    good: 'FROM nginx:1.29.1\nSTOPSIGNAL SIGTERM\n',
  },
  check: function* (subject) {
    for (const { instruction, expand } of stepsOf(subject, 'STOPSIGNAL')) {
      const [word, ...more] = instruction.words;
      const { text = '', isUncertain = false } = word === undefined ? {} : expand(word.text);
      const { line } = instruction;
      if (isUncertain) continue;
      const full = /^\d+$/.test(text) || /^SIG/i.test(text) ? text.toUpperCase() : `SIG${text.toUpperCase()}`;
      const isKnown = signals.includes(full) || /^SIGRTM(?:IN\+|AX-)\d{1,2}$/.test(full) || isNumber(text);
      if (!isKnown || more.length > 0) {
        const meant = nearestSignal(full);
        const edits =
          meant === undefined || more.length > 0 || word === undefined
            ? undefined
            : replaceWord(subject.lines, line, word.text, meant);
        yield {
          line,
          message: `STOPSIGNAL ${text.slice(0, 60)} is not a signal.`,
          hint: meant === undefined ? 'Write SIGTERM, or another name or number.' : `Did you mean ${meant}?`,
          ...(edits !== undefined && { edits }),
        };
      } else if (['SIGKILL', 'SIGSTOP', '9', '19'].includes(full))
        yield {
          line,
          severity: 'warning',
          message: `STOPSIGNAL ${text} cannot be handled by the process.`,
          hint: 'Write SIGTERM, or another signal that the process handles.',
        };
    }
  },
};

/** Two swapped letters are the most likely mistake: SIGTREM means SIGTERM, not SIGTRAP. */
function nearestSignal(name: string): string | undefined {
  const sorted = (text: string) => Array.from(text).sort().join('');
  return signals.find((one) => sorted(one) === sorted(name)) ?? nearest(name, signals);
}

function isNumber(text: string): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) > 0 && Number(text) < 65;
}

export const expose: Rule = {
  id: 'expose',
  since: 1,
  severity: 'error',
  title: 'EXPOSE is not a port',
  why: 'BuildKit rejects the line, or the image names a port that does not exist. The port of the host belongs in the task definition or in `docker run`.',
  fix: 'Write the port of the container, and `/udp` if it is not TCP: `EXPOSE 8080` or `EXPOSE 53/udp`.',
  example: { bad: 'FROM nginx:1.29.1\nEXPOSE 80:8080\n', good: 'FROM nginx:1.29.1\nEXPOSE 8080\n' },
  buildkit: ['ExposeProtoCasing', 'ExposeInvalidFormat'],
  hadolint: ['DL3011'],
  difference: 'hadolint cannot parse a port of the host (DL1000).',
  check: function* (subject) {
    for (const { instruction, expand } of stepsOf(subject, 'EXPOSE'))
      for (const word of instruction.words) {
        const { text, isUncertain } = expand(word.text);
        const problem = isUncertain ? undefined : portProblem(text);
        if (problem === undefined) continue;
        const edits =
          problem.text === undefined
            ? undefined
            : replaceWord(subject.lines, word.line, word.text, problem.text);
        yield {
          line: word.line,
          ...(problem.isMinor === true && { severity: 'warning' }),
          message: `EXPOSE ${text.slice(0, 60)} ${problem.why}.`,
          hint:
            problem.text === undefined
              ? 'Write a port such as 8080, or 53/udp.'
              : `Write EXPOSE ${problem.text}.`,
          ...(edits !== undefined && { edits }),
        };
      }
  },
};

interface PortProblem {
  readonly why: string;
  /** What was meant. */
  readonly text?: string;
  readonly isMinor?: boolean;
}

function portProblem(text: string): PortProblem | undefined {
  const host = /^(?:[\d.]+:)?\d+(?:-\d+)?:(?<port>\d{1,5}(?:\/\w+)?)$/.exec(text)?.groups?.port;
  if (host !== undefined) return { why: 'has a port of the host', text: host };
  const {
    from = '',
    to = from,
    proto,
  } = /^(?<from>\d{1,9})(?:-(?<to>\d{1,9}))?(?:\/(?<proto>\w*))?$/.exec(text)?.groups ?? {};
  if (from === '') return { why: 'is not a port' };
  if (Number(to) > 65_535 || Number(from) > 65_535) return { why: 'is not a port: the highest is 65535' };
  if (Number(from) === 0) return { why: 'is not a port' };
  if (Number(to) < Number(from))
    return {
      why: 'is a range that ends before it starts',
      text: `${to}-${from}${proto === undefined ? '' : `/${proto}`}`,
    };
  if (proto === undefined || ['tcp', 'udp', 'sctp'].includes(proto)) return undefined;
  const lower = proto.toLowerCase();
  if (['tcp', 'udp', 'sctp'].includes(lower))
    return { why: 'has a protocol in upper case', text: text.replace(proto, lower), isMinor: true };
  const meant = nearest(lower, ['tcp', 'udp', 'sctp']);
  return {
    why: 'has a protocol that does not exist',
    ...(meant !== undefined && { text: text.replace(proto, meant) }),
  };
}

import { argumentsOf, flagValues, isAtCommit, isCommit, remoteKind } from '@towpath/dockerfile';
import { columnOf } from '../edits.ts';
import type { Rule } from '../rule.ts';
import type { Step, Subject } from '../subject.ts';

/** The sources of an `ADD`, as written and expanded. */
function sourcesOfAdd({
  instruction,
  expand,
}: Step): readonly { readonly text: string; readonly isUncertain: boolean }[] {
  const words = argumentsOf(instruction);
  return words.slice(0, -1).map(expand);
}

function* addsOf({ stages }: Subject): Iterable<Step> {
  for (const { steps } of stages)
    for (const step of steps) if (step.instruction.keyword === 'ADD') yield step;
}

export const addRemote: Rule = {
  id: 'add-remote',
  since: 1,
  severity: 'warning',
  security: 6,
  title: 'ADD downloads a file without a checksum',
  why: 'The server can send another file with the next build, without an error. A Git repository is fixed by a full commit.',
  fix: 'Add `--checksum=sha256:…`. For a Git repository, end the address with `#` and the full commit.',
  example: {
    bad: 'FROM alpine:3.22\nADD https://example.com/tool.tar.gz /tmp/\n',
    good: `FROM alpine:3.22\nADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/tool.tar.gz /tmp/\n`,
  },
  check: function* (subject) {
    for (const step of addsOf(subject)) {
      const [sum] = flagValues(step.instruction, 'checksum').map(step.expand).slice(-1);
      const checksum = sum?.text ?? '';
      for (const { text } of sourcesOfAdd(step)) {
        const kind = remoteKind(text);
        if (kind === undefined) continue;
        const isFixed =
          kind === 'git' ? isAtCommit(text) || isCommit(checksum) : /^sha256:[0-9a-f]{64}$/.test(checksum);
        // A variable in the checksum has its value at build time.
        if (isFixed || sum?.isUncertain === true) continue;
        const shown = text.replace(/\/\/[^/@]*@/, '//').slice(0, 200);
        yield {
          line: step.instruction.line,
          message: `ADD downloads ${shown} without a ${kind === 'git' ? 'commit' : 'checksum'}.`,
          hint:
            kind === 'git'
              ? 'End the address with # and the full commit.'
              : 'Add --checksum=sha256:… to the ADD.',
        };
      }
    }
  },
};

/** Archives, which ADD unpacks. */
const archive = /\.(?:tar|tgz|tbz2?|txz|tzst|tar\.\w{1,5}|gz|bz2|xz|zst)$/i;

export const addLocal: Rule = {
  id: 'add-local',
  since: 1,
  severity: 'info',
  title: 'ADD copies a local file',
  why: '`ADD` also downloads and unpacks, so a reader has to know what the source is. `COPY` only copies.',
  fix: 'Write `COPY`.',
  example: { bad: 'FROM alpine:3.22\nADD app.conf /etc/\n', good: 'FROM alpine:3.22\nCOPY app.conf /etc/\n' },
  hadolint: ['DL3020'],
  difference: 'DL3020 is an error. It also reports patterns and variables, although they can match archives.',
  check: function* (subject) {
    for (const step of addsOf(subject)) {
      const { instruction, isTrigger } = step;
      const sources = sourcesOfAdd(step);
      const isPlain = sources.every(
        ({ text, isUncertain }) =>
          !isUncertain &&
          remoteKind(text) === undefined &&
          !archive.test(text) &&
          !/[*?[]/.test(text) &&
          !text.startsWith('<<'),
      );
      const hasFlags = instruction.flags.some((flag) => !/^--(?:chown|chmod|link|exclude)\b/.test(flag));
      if (sources.length === 0 || !isPlain || hasFlags) continue;
      const { line } = instruction;
      const written = /^\s*(?<keyword>\S+)/.exec(subject.lines[line - 1] ?? '')?.groups?.keyword ?? '';
      const column = columnOf(subject.lines[line - 1] ?? '', written);
      const isAdd = written.toUpperCase() === 'ADD' && !isTrigger && column >= 0;
      const text = written === 'add' ? 'copy' : 'COPY';
      yield {
        line,
        message: 'ADD copies local files.',
        hint: 'Write COPY.',
        ...(isAdd && { edits: [{ kind: 'replace', line, column, length: 3, text }] }),
      };
    }
  },
};

import { managerCall, type ManagerCall } from '../manager-call.ts';
import type { Edit } from '../edits.ts';
import type { Hit, Rule } from '../rule.ts';
import { runsOf, type Run } from '../runs.ts';
import type { Subject } from '../subject.ts';

function callsOf({ commands }: Run): readonly ManagerCall[] {
  return commands.flatMap((command) => managerCall(command) ?? []);
}

/** The address of a Git repository without the user, who can be a token. */
function withoutUser(name: string): string {
  return name.replace(/:\/\/[^/@]*@/, '://');
}

function isRepository(name: string): boolean {
  return name.startsWith('git+');
}

/** Whether the address of a repository has a tag or a commit: pip writes it after `@`, npm after `#`. */
function isAtRevision(name: string): boolean {
  return /[^/]@[^@/]+(?:#.*)?$|\.git@.|#(?!egg=|subdirectory=)./.test(name);
}

/** The packages in a message. */
function listed(names: readonly string[]): string {
  const unique = [...new Set(names)];
  return `${unique.slice(0, 5).join(', ')}${unique.length > 5 ? ` and ${unique.length - 5} more` : ''}`;
}

function* unpinned(subject: Subject, isDistribution: boolean): Iterable<Hit> {
  for (const run of runsOf(subject)) {
    for (const { manager, program, packages, args, line } of callsOf(run)) {
      const { isPinned, pinning, pin, repositoryMark = '@' } = manager;
      if (isPinned === undefined || manager.isDistribution !== isDistribution) continue;
      if (args.some(({ text }) => pinning?.test(text) === true)) continue;
      const loose = packages.filter(({ text }) => !(isRepository(text) ? isAtRevision : isPinned)(text));
      if (loose.length === 0) continue;
      yield {
        line: loose[0]?.line ?? line,
        message: `${program} installs ${listed(loose.map(({ text }) => withoutUser(text)))} without a version.`,
        hint: loose.every(({ text }) => isRepository(text))
          ? `Add ${repositoryMark} and the tag or the commit to the address.`
          : `Write the version: ${pin}.`,
      };
    }
  }
}

export const packageUnpinned: Rule = {
  id: 'package-unpinned',
  since: 1,
  severity: 'info',
  title: 'Packages of the distribution are installed without a version',
  why: 'The next build can install another version. Distributions often keep only the newest version of a package, so a pinned version has to be updated with each base image. With a base image that is fixed by its digest and updated regularly, versions matter less: therefore it is `info`.',
  fix: 'Write the version, or fix the base image by its digest.',
  example: {
    bad: 'FROM alpine:3.22\nRUN apk add --no-cache curl\n',
    good: 'FROM alpine:3.22\nRUN apk add --no-cache curl=8.14.1-r2\n',
  },
  hadolint: ['DL3008', 'DL3018', 'DL3033', 'DL3037', 'DL3041'],
  difference: 'hadolint warns, and also reports packages in variables. It does not know `apt` and `tdnf`.',
  check: (subject) => unpinned(subject, true),
};

export const dependencyUnpinned: Rule = {
  id: 'dependency-unpinned',
  since: 1,
  severity: 'warning',
  title: 'Packages of a language are installed without a version',
  why: 'The next build can install another major version, or a version that an attacker published. Lock files and lists such as `requirements.txt` are not reported.',
  fix: 'Write the version, or install from a lock file.',
  example: {
    bad: 'FROM python:3.13.0\nRUN pip install --no-cache-dir flask\n',
    good: 'FROM python:3.13.0\nRUN pip install --no-cache-dir flask==3.1.0\n',
  },
  hadolint: ['DL3013', 'DL3016', 'DL3028', 'DL3062'],
  difference:
    'hadolint also reports packages in variables. It does not know uv, Yarn, pnpm, Bun, Cargo, Composer, conda and Poetry.',
  check: (subject) => unpinned(subject, false),
};

export const packageCache: Rule = {
  id: 'package-cache',
  since: 1,
  severity: 'warning',
  title: 'A package manager leaves its cache in the image',
  why: 'The image is larger than needed. A later step cannot remove the files: they stay in the layer. Only stages whose layers are in the image count.',
  fix: 'Remove the cache in the same `RUN`, or mount a cache with `RUN --mount=type=cache`.',
  example: {
    bad: 'FROM debian:13.1\nRUN apt-get update && apt-get install -y --no-install-recommends curl\n',
    good: 'FROM debian:13.1\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*\n',
  },
  hadolint: ['DL3009', 'DL3019', 'DL3032', 'DL3036', 'DL3040', 'DL3042', 'DL3060'],
  difference:
    'hadolint reports every `apk add` without `--no-cache`, does not accept `apt-get dist-clean`, and also checks stages that are not part of the image.',
  check: function* (subject) {
    for (const run of runsOf(subject)) {
      if (!run.stage.isShipped) continue;
      const calls = callsOf(run);
      const seen = new Set<string>();
      for (const call of calls) {
        const { cache } = call.manager;
        const leaves = call.isInstall || isUpdate(call) || isLocked(call);
        if (cache === undefined || !leaves || seen.has(call.program) || isCleared(call, run, calls)) continue;
        seen.add(call.program);
        const edits = optionEdit(subject, call);
        yield {
          line: call.line,
          ...(cache.isMinor === true && { severity: 'info' }),
          message: `${call.program} leaves its cache in the image.`,
          hint: cache.hint,
          ...(edits !== undefined && { edits }),
        };
      }
    }
  },
};

function isUpdate({ program, args }: ManagerCall): boolean {
  return ['apt-get', 'apt', 'aptitude'].includes(program) && args.some(({ text }) => text === 'update');
}

/** Installations from a lock file: `npm ci`, `yarn install`. */
function isLocked({ program, args }: ManagerCall): boolean {
  const [verb] = args.map(({ text }) => text).filter((text) => !text.startsWith('-'));
  if (program === 'npm') return verb === 'ci' || verb === 'clean-install';
  return program === 'yarn' && (verb === undefined ? args.length === 0 : verb === 'install');
}

function isCleared(
  { manager, args, program }: ManagerCall,
  run: Run,
  calls: readonly ManagerCall[],
): boolean {
  const { option, options = [], variable, folders, clean } = manager.cache ?? { folders: [] };
  const known = [option, ...options];
  if (args.some(({ text }) => known.includes(text) || known.some((one) => text.startsWith(`${one ?? ''}=`))))
    return true;
  if (variable !== undefined && isVariableSet(variable, run)) return true;
  if (run.mounted.some((target) => folders.some((folder) => isInside(target, folder)))) return true;
  const isRemoved = run.commands.some(
    ({ words: [first, ...rest] }) =>
      /(?:^|\/)(?:rm|find)$/.test(first?.text ?? '') &&
      rest.some(({ text }) => folders.some((folder) => isInside(text, folder))),
  );
  if (isRemoved) return true;
  const siblings = calls.filter((call) => call.manager === manager || call.program === program);
  return (
    clean !== undefined && siblings.some((call) => clean.test(call.args.map(({ text }) => text).join(' ')))
  );
}

/** Whether a path is a folder, in it or above it. */
function isInside(path: string, folder: string): boolean {
  const plain = path.replace(/\/?\*+$/, '').replace(/\$\{HOME\}/, '$HOME');
  return (
    plain !== '' &&
    (`${plain}/`.startsWith(`${folder}/`) || (plain.length > 4 && `${folder}/`.startsWith(`${plain}/`)))
  );
}

function isVariableSet(name: string, { stage, step }: Run): boolean {
  const text = step.instruction.words.map((word) => word.text).join(' ');
  if (text.includes(`${name}=`)) return true;
  for (let one: typeof stage | undefined = stage; one !== undefined; one = one.parent)
    if (
      one.steps.some(({ instruction }) => instruction.keyword !== 'RUN' && instruction.source.includes(name))
    )
      return true;
  return false;
}

/** Adds the option after the verb, if the line has the verb once. */
function optionEdit(
  { lines }: Subject,
  { manager, program, args, isInstall }: ManagerCall,
): readonly Edit[] | undefined {
  const { option } = manager.cache ?? {};
  const verb = args.find(({ text }) => manager.verbs.some((words) => words.at(-1) === text));
  if (option === undefined || !isInstall || verb === undefined) return undefined;
  const form = new RegExp(
    `(?<![\\w./-])${RegExp.escape(program)}\\s+(?:-\\S+\\s+)*${RegExp.escape(verb.text)}(?=\\s|$)`,
    'g',
  );
  const found = [...(lines[verb.line - 1] ?? '').matchAll(form)];
  const [only] = found;
  if (only === undefined || found.length > 1) return undefined;
  return [
    { kind: 'replace', line: verb.line, column: only.index + only[0].length, length: 0, text: ` ${option}` },
  ];
}

export const packageUpdate: Rule = {
  id: 'package-update',
  since: 1,
  severity: 'warning',
  title: 'Package lists are updated in a step of their own',
  why: 'The step stays cached. A later step then installs from old lists, and fails when a version is gone.',
  fix: 'Update and install in the same `RUN`.',
  example: {
    bad: 'FROM debian:13.1\nRUN apt-get update\nRUN apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n',
    good: 'FROM debian:13.1\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n',
  },
  check: function* (subject) {
    for (const run of runsOf(subject)) {
      const calls = callsOf(run);
      const alone = calls.find((call) => isListUpdate(call));
      const isUsed = calls.some(
        (call) => call.manager === alone?.manager && (call.isInstall || isOther(call)),
      );
      if (alone === undefined || isUsed) continue;
      // The lists are in a cache mount, or removed at once.
      if (run.mounted.some((target) => target.startsWith('/var/'))) continue;
      yield {
        line: alone.line,
        message: `${alone.program} updates its lists in a step that installs nothing.`,
        hint: 'Write the update and the installation into one RUN.',
      };
    }
  },
};

function isListUpdate({ program, args }: ManagerCall): boolean {
  const [verb] = args.map(({ text }) => text).filter((text) => !text.startsWith('-'));
  return verb === 'update' && ['apt-get', 'apt', 'aptitude', 'apk'].includes(program);
}

/** Commands that need the lists besides installations. */
function isOther({ args }: ManagerCall): boolean {
  return args.some(({ text }) =>
    /^(?:upgrade|dist-upgrade|full-upgrade|build-dep|download|source|add|fix|dselect-upgrade)$/.test(text),
  );
}

/** Whether a command installs something. `pacman -Sy` alone only updates lists. */
function mayAsk({ program, args, isInstall, packages }: ManagerCall): boolean {
  if (!isInstall) return false;
  return program !== 'pacman' || packages.length > 0 || args.some(({ text }) => /^-S\w*u/.test(text));
}

/** Whether a variable may hold options: by its name, or because it is before the verb. */
function mayHaveOptions({ manager, args }: ManagerCall): boolean {
  const verb = args.findIndex(({ text }) => manager.verbs.some(([first]) => first === text));
  return args.some(
    ({ text }, index) =>
      text.startsWith('$') && (index < verb || /^\$\{?\w*(?:opt|flag|arg|param|yes)/i.test(text)),
  );
}

/** The options with which a manager asks nothing. */
const quiet: ReadonlyMap<string, RegExp> = new Map([
  ['apt-get', /^(?:-[a-zA-Z]*y[a-zA-Z]*|--yes|--assume-yes|-qq+|-q=2|--force-yes)$/],
  ['apt', /^(?:-[a-zA-Z]*y[a-zA-Z]*|--yes|--assume-yes|-qq+)$/],
  ['aptitude', /^(?:-[a-zA-Z]*y[a-zA-Z]*|--assume-yes)$/],
  ['yum', /^(?:-[a-zA-Z]*y[a-zA-Z]*|--assumeyes)$/],
  ['dnf', /^(?:-[a-zA-Z]*y[a-zA-Z]*|--assumeyes)$/],
  ['tdnf', /^(?:-[a-zA-Z]*y[a-zA-Z]*|--assumeyes)$/],
  ['zypper', /^(?:-[a-zA-Z]*[ny][a-zA-Z]*|--non-interactive|--no-confirm)$/],
  ['pacman', /^--noconfirm$/],
  ['conda', /^(?:-[a-zA-Z]*y[a-zA-Z]*|--yes)$/],
  ['mamba', /^(?:-[a-zA-Z]*y[a-zA-Z]*|--yes)$/],
  ['micromamba', /^(?:-[a-zA-Z]*y[a-zA-Z]*|--yes)$/],
]);

export const packagePrompt: Rule = {
  id: 'package-prompt',
  since: 1,
  severity: 'warning',
  title: 'A package manager asks before it installs',
  why: 'A build has no terminal, so the step fails.',
  fix: 'Add the option that answers yes, such as `-y`.',
  example: {
    bad: 'FROM debian:13.1\nRUN apt-get update && apt-get install curl && rm -rf /var/lib/apt/lists/*\n',
    good: 'FROM debian:13.1\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n',
  },
  hadolint: ['DL3014', 'DL3030', 'DL3034', 'DL3038'],
  difference: 'hadolint does not know pacman and conda.',
  check: function* (subject) {
    for (const run of runsOf(subject)) {
      const isPiped = run.commands.some(({ words }) => words[0]?.text === 'yes');
      for (const call of callsOf(run)) {
        const { program, args, line } = call;
        const option = quiet.get(program);
        if (option === undefined || isPiped || !mayAsk(call)) continue;
        const isQuiet = args.some(({ text }) => option.test(text) || /assume-?yes/i.test(text));
        if (isQuiet || mayHaveOptions(call)) continue;
        yield {
          line,
          message: `${program} asks before it installs, and a build cannot answer.`,
          hint: `Add ${program === 'pacman' ? '--noconfirm' : program === 'zypper' ? '--non-interactive' : '-y'}.`,
        };
      }
    }
  },
};

import { proxyName } from '@towpath/proxy';
import { isLiteral, isSecretName, secretIn } from '../secret-values.ts';
import type { Hit, Rule } from '../rule.ts';
import { runsOf } from '../runs.ts';
import type { ShellCommand } from '../shell.ts';
import type { Subject } from '../subject.ts';
import { unquote, variablesOf } from '../variables.ts';
import { keptIn, ownSteps } from './parts.ts';

const mountHint =
  'Mount the value where a step needs it: RUN --mount=type=secret,id=… and secrets: in towpath.yaml.';

export const secretName: Rule = {
  id: 'secret-name',
  since: 1,
  severity: 'warning',
  security: 7,
  title: 'A variable has the name of a secret',
  why: 'Values of `ARG` and `ENV` stay in the history and the configuration of the image. Everyone who can pull it can read them. The rule compares whole words of the name: `USERNAME`, `SSH_AUTH_SOCK`, `AUTH_MODE`, `PASSWORD_FILE`, `PUBLIC_KEY` and `VITE_…` are not secrets. With a value that is written out, it is an error.',
  fix: 'Mount the secret in the `RUN` that needs it, and name its source in `secrets` of `towpath.yaml`. Set secrets of the running container in its task definition or function.',
  example: {
    bad: 'FROM node:22.11.0\nARG NPM_TOKEN\nRUN npm ci\n',
    good: 'FROM node:22.11.0\nRUN --mount=type=secret,id=npm_token,env=NPM_TOKEN npm ci\n',
  },
  buildkit: ['SecretsUsedInArgOrEnv'],
  hadolint: ['DL3064'],
  difference: 'BuildKit also reports names such as `GPG_KEY`. DL3064 also reports variables that are empty.',
  check: function* (subject) {
    for (const { instruction, stage } of ownSteps(subject)) {
      const { keyword } = instruction;
      if (keyword !== 'ARG' && keyword !== 'ENV') continue;
      const { where } = keptIn(stage);
      for (const { name, value, line } of variablesOf(instruction)) {
        if (!isSecretName(name) || proxyName(name) !== undefined) continue;
        // A value of a known form is reported by secret-value.
        if (value !== undefined && (secretIn(value) !== undefined || isHarmless(keyword, value))) continue;
        const isWritten = value !== undefined && isLiteral(value);
        // Before the first stage, an ARG is for FROM lines only. A value that is written out is in the repository.
        if (stage === undefined && !isWritten) continue;
        yield {
          line,
          ...(isWritten && { severity: 'error' }),
          message: `${keyword} ${name} ${isWritten ? 'has the value of a secret, which stays' : 'stays'} in ${where}.`,
          hint: mountHint,
        };
      }
    }
  },
};

/** A value that is no secret: empty, a switch, or the path or name of a file. An empty `ARG` still takes a build arg. */
function isHarmless(keyword: 'ARG' | 'ENV', value: string): boolean {
  if (value.trim() === '') return keyword === 'ENV';
  return (
    /^(?:true|false|yes|no|on|off|0|1|never|always)$/i.test(value) ||
    /^\/[\w.-]+\//.test(value) ||
    /^[\w-]{1,100}\.(?:sh|bash|py|pl|rb|js|ps1|txt|json|ya?ml|conf|cfg|ini)$/i.test(value)
  );
}

export const secretValue: Rule = {
  id: 'secret-value',
  since: 1,
  severity: 'error',
  security: 9,
  title: 'The Dockerfile contains a secret',
  why: 'The value is in the repository and in the history of the image. Everyone who can read one of them can use it. The message never shows the value.',
  fix: 'Revoke the secret, because it is in the history of the repository. Then mount the new one in the `RUN` that needs it.',
  example: {
    bad: 'FROM alpine:3.22\nRUN wget -q https://deploy:x7Kq2mP9@example.com/file\n',
    good: 'FROM alpine:3.22\nRUN --mount=type=secret,id=netrc,target=/root/.netrc wget -q https://example.com/file\n',
  },
  check: function* (subject) {
    const seen = new Set<number>();
    for (const hit of [...byForm(subject), ...bySetting(subject)]) {
      if (seen.has(hit.line)) continue;
      seen.add(hit.line);
      yield hit;
    }
  },
};

const revoke = 'Revoke it, and mount the new one with RUN --mount=type=secret.';

function* byForm(subject: Subject): Iterable<Hit> {
  for (const { instruction, stage } of ownSteps(subject)) {
    const { keyword, words, heredocs } = instruction;
    // In a stage, proxy-env and proxy-arg report the password of a proxy.
    const proxies = new Set(
      (stage === undefined ? [] : variablesOf(instruction)).flatMap(({ name, line }) =>
        proxyName(name) === undefined ? [] : [line],
      ),
    );
    const texts = [
      ...words.filter(({ line }) => !proxies.has(line)),
      ...heredocs.flatMap(({ line, lines }) => lines.map((text, index) => ({ text, line: line + index }))),
    ];
    for (const { text, line } of texts) {
      const what = secretIn(text);
      if (what !== undefined) yield { line, message: `${keyword} contains ${what}.`, hint: revoke };
    }
  }
}

/** Finds secrets that are known by the name of a variable or of a flag. */
function* bySetting(subject: Subject): Iterable<Hit> {
  for (const { step, commands } of runsOf(subject)) {
    for (const { text, line } of step.instruction.words) {
      const { name = '', value = '' } = /^(?<name>\w{1,100})=(?<value>.*)$/s.exec(text)?.groups ?? {};
      const isSecret = isSecretName(name) && proxyName(name) === undefined && isSecretText(unquote(value));
      if (isSecret) yield { line, message: `RUN sets ${name} to the value of a secret.`, hint: revoke };
    }
    for (const command of commands) {
      const flag = secretFlag(command);
      if (flag !== undefined)
        yield { line: command.line, message: `RUN passes a password with ${flag}.`, hint: revoke };
    }
  }
}

/** A literal that is no path, which often follows a name such as `TOKEN`. */
function isSecretText(value: string): boolean {
  return isLiteral(value) && !/^[/.`]/.test(value) && value.length > 3;
}

function secretFlag({ words }: ShellCommand): string | undefined {
  const [program = '', ...args] = words.map(({ text }) => text);
  const name = program.slice(program.lastIndexOf('/') + 1);
  for (const [index, arg] of args.entries()) {
    const next = args[index + 1] ?? '';
    const long =
      /^--(?<flag>(?:http-|proxy-)?password|passwd|token|api-key|auth-token|secret)(?:=(?<value>.*))?$/s.exec(
        arg,
      );
    if (long !== null && isSecretText(long.groups?.value ?? next)) return `--${long.groups?.flag ?? ''}`;
    const isUser = name === 'curl' && (arg === '-u' || arg === '--user');
    if (isUser && /^[^:$]+:[^$]{3,}$/.test(next)) return arg;
    if (name === 'sshpass' && /^-p./.test(arg) && isSecretText(arg.slice(2))) return '-p';
    if (name === 'sshpass' && arg === '-p' && isSecretText(next)) return '-p';
    if (name === 'docker' && args[0] === 'login' && arg === '-p' && isSecretText(next)) return '-p';
  }
  return undefined;
}

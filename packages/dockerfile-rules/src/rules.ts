import { ruleIds, type RuleId } from './ids.ts';
import type { Rule } from './rule.ts';
import { addLocal, addRemote } from './rules/adds.ts';
import { argScope, argUndeclared } from './rules/args.ts';
import { baseDigest, baseDockerHub, baseMirror, baseTag } from './rules/bases.ts';
import {
  commandRepeated,
  execFormInvalid,
  legacyForm,
  shellForm,
  workdirRelative,
} from './rules/commands.ts';
import {
  dependencyUnpinned,
  packageCache,
  packagePrompt,
  packageUnpinned,
  packageUpdate,
} from './rules/packages.ts';
import { instructionUnknown } from './rules/instructions.ts';
import { lambda } from './rules/lambda.ts';
import { platformFixed, platformUnknown, targetPlatform } from './rules/platforms.ts';
import { proxyArg, proxyEnv } from './rules/proxy.ts';
import { gitFolder, secretFile } from './rules/secret-files.ts';
import { secretName, secretValue } from './rules/secrets.ts';
import { expose, healthcheck, stopsignal } from './rules/settings.ts';
import { stageName, stageSelf, stageUndefined, stageUnused } from './rules/stages.ts';
import { userMissing, userRoot } from './rules/users.ts';

const all: Readonly<Record<RuleId, Rule>> = {
  'proxy-env': proxyEnv,
  'proxy-arg': proxyArg,
  'secret-name': secretName,
  'secret-value': secretValue,
  'secret-file': secretFile,
  'git-folder': gitFolder,
  'base-tag': baseTag,
  'base-digest': baseDigest,
  'base-mirror': baseMirror,
  'base-docker-hub': baseDockerHub,
  'platform-unknown': platformUnknown,
  'platform-fixed': platformFixed,
  'target-platform': targetPlatform,
  lambda,
  'user-root': userRoot,
  'user-missing': userMissing,
  'stage-undefined': stageUndefined,
  'stage-self': stageSelf,
  'stage-name': stageName,
  'stage-unused': stageUnused,
  'arg-undeclared': argUndeclared,
  'arg-scope': argScope,
  'add-remote': addRemote,
  'add-local': addLocal,
  'package-unpinned': packageUnpinned,
  'dependency-unpinned': dependencyUnpinned,
  'package-cache': packageCache,
  'package-update': packageUpdate,
  'package-prompt': packagePrompt,
  'shell-form': shellForm,
  'exec-form': execFormInvalid,
  'command-repeated': commandRepeated,
  healthcheck,
  stopsignal,
  expose,
  'workdir-relative': workdirRelative,
  'legacy-form': legacyForm,
  'instruction-unknown': instructionUnknown,
};

/** All rules, in the order of the documentation. */
export const rules: readonly Rule[] = ruleIds.map((id) => all[id]);

/** Returns the rule of an id; undefined for any other text. */
export function ruleOf(id: string): Rule | undefined {
  return Object.hasOwn(all, id) ? all[id as RuleId] : undefined;
}

/** Returns the rules that report the same as a check of BuildKit or a rule of hadolint. */
export function equivalents(tool: 'buildkit' | 'hadolint', name: string): readonly RuleId[] {
  return rules.filter((rule) => rule[tool]?.includes(name) === true).map(({ id }) => id);
}

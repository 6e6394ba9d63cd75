import { parseTemplate, type TagTemplate } from '@towpath/tags';
import type { EnvironmentConfig } from './config.ts';

/** A template of our own. */
function template(source: string): TagTemplate {
  const parsed = parseTemplate(source);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed.template;
}

/** What holds where a configuration says nothing: the model's conventions. */
export const defaults = {
  buildTags: [template('build-{version}')],
  environmentTags: [template('{environment}-{version}')],
  environments: [
    { name: 'dev', from: 'build' },
    { name: 'test', from: 'dev' },
    { name: 'prod', from: 'test' },
  ],
  gate: { failOn: 'critical' },
} as const;

export const modelEnvironments: readonly EnvironmentConfig[] = defaults.environments.map((environment) => ({
  ...environment,
  tags: defaults.environmentTags,
}));

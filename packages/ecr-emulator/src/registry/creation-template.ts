import type { RepositoryRecord } from './record.ts';
import type { Registry } from './registry.ts';
import type { Repository } from './repository.ts';
import { repositoryNotFound } from './exceptions.ts';
import type { CreationReason, CreationTemplate } from './settings.ts';

const root = 'ROOT';

/**
 * Returns a repository. Creates a missing one if a template of the registry is for CREATE_ON_PUSH.
 *
 * @param now milliseconds since the epoch
 * @throws Refusal RepositoryNotFoundException
 */
export async function repositoryForPush(registry: Registry, name: string, now: number): Promise<Repository> {
  const existing = registry.find(name);
  if (existing !== undefined) return existing;
  const template = templateFor(registry, name, 'CREATE_ON_PUSH');
  if (template === undefined) throw repositoryNotFound(name, registry.account);
  return registry.findOrCreate(recordFrom(template, name, now));
}

/** Returns a repository. Creates a missing one with the settings of a template, or with ECR's defaults. */
export async function repositoryFor(
  registry: Registry,
  name: string,
  reason: CreationReason,
  now: number,
): Promise<Repository> {
  const template = templateFor(registry, name, reason);
  return registry.find(name) ?? registry.findOrCreate(recordFrom(template, name, now));
}

/** Returns the template with the longest namespace of a name. A slash must follow the namespace. */
function templateFor(
  { settings }: Registry,
  name: string,
  reason: CreationReason,
): CreationTemplate | undefined {
  return Object.values(settings.templates)
    .filter(({ appliedFor }) => appliedFor.includes(reason))
    .filter(({ prefix }) => prefix === root || name.startsWith(`${prefix.replace(/\/$/, '')}/`))
    .sort((a, b) => (a.prefix === root ? 1 : b.prefix === root ? -1 : b.prefix.length - a.prefix.length))[0];
}

function recordFrom(template: CreationTemplate | undefined, name: string, now: number): RepositoryRecord {
  return {
    name,
    createdAt: now,
    mutability: template?.mutability ?? { mode: 'MUTABLE', exclusions: [] },
    scanOnPush: false,
    encryption: template?.encryption ?? { type: 'AES256' },
    resourceTags: template?.resourceTags ?? {},
    ...(template?.policy && { policy: template.policy }),
    ...(template?.lifecyclePolicy && { lifecycle: { text: template.lifecyclePolicy } }),
    images: {},
    tags: {},
  };
}

import type { UpstreamRegistry } from '@aws-sdk/client-ecr';
import { parseEcrHost } from '@towpath/reference';
import type { PullThroughRule, RegistrySettings } from '../registry/settings.ts';

const root = 'ROOT';

/** The hosts of the upstreams, and whether ECR needs credentials for them (ECR User Guide, "Pull through cache"). */
const upstreams: readonly {
  readonly name: UpstreamRegistry;
  readonly host: RegExp;
  readonly needsCredentials: boolean;
}[] = [
  { name: 'docker-hub', host: /^registry-1\.docker\.io$/, needsCredentials: true },
  { name: 'ecr-public', host: /^public\.ecr\.aws$/, needsCredentials: false },
  { name: 'quay', host: /^quay\.io$/, needsCredentials: false },
  { name: 'k8s', host: /^registry\.k8s\.io$/, needsCredentials: false },
  { name: 'github-container-registry', host: /^ghcr\.io$/, needsCredentials: true },
  { name: 'gitlab-container-registry', host: /^registry\.gitlab\.com$/, needsCredentials: true },
  { name: 'azure-container-registry', host: /^[a-z0-9]+\.azurecr\.io$/, needsCredentials: true },
  { name: 'chainguard', host: /^cgr\.dev$/, needsCredentials: true },
];

/** Returns the upstream of a host, or undefined if ECR does not support the host. */
export function upstreamOf(
  host: string,
): { readonly name: UpstreamRegistry; readonly needsCredentials: boolean } | undefined {
  if (parseEcrHost(host) !== undefined) return { name: 'ecr', needsCredentials: false };
  return upstreams.find((upstream) => upstream.host.test(host));
}

/** Returns the rule of a repository: the one with the longest matching namespace. */
export function ruleFor({ pullThrough }: RegistrySettings, name: string): PullThroughRule | undefined {
  return Object.values(pullThrough)
    .filter(({ prefix }) => prefix === root || name.startsWith(`${prefix}/`))
    .sort((a, b) => (a.prefix === root ? 1 : b.prefix === root ? -1 : b.prefix.length - a.prefix.length))[0];
}

/** Returns the upstream name of a cached repository. */
export function upstreamName({ prefix, upstreamPrefix }: PullThroughRule, name: string): string {
  const rest = prefix === root ? name : name.slice(prefix.length + 1);
  return upstreamPrefix === root ? rest : `${upstreamPrefix}/${rest}`;
}

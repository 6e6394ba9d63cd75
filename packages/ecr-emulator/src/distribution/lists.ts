import { isDigest } from '@towpath/reference';
import { mediaTypes } from '../registry/manifest.ts';
import { referrersOf } from '../registry/referrers.ts';
import { invalidParameter } from '../registry/exceptions.ts';
import { addressOf, type Route, type Routed } from './route.ts';

/** The maximum number of tags or repositories in a page. */
const maxPage = 1000;

/** Confirms a valid token, for `docker login`. */
async function base({ exchange }: Routed): Promise<void> {
  await exchange.sendJson(200, {});
}

async function tags(routed: Routed): Promise<void> {
  const { registry, exchange, name } = routed;
  const page = pageOf(routed, Object.keys(registry.repository(name).record.tags).sort());
  await exchange.sendJson(200, { name, tags: page.items }, page.headers);
}

async function catalog(routed: Routed): Promise<void> {
  const page = pageOf(
    routed,
    routed.registry.repositories.map(({ name }) => name),
  );
  await routed.exchange.sendJson(200, { repositories: page.items }, page.headers);
}

function pageOf(
  { exchange }: Routed,
  names: readonly string[],
): { readonly items: string[]; readonly headers: Record<string, string> } {
  const { searchParams, pathname } = exchange.url;
  const size = Math.min(maxPage, pageSize(searchParams.get('n')));
  const last = searchParams.get('last');
  const rest = last === null ? names : names.filter((name) => name > last);
  const items = rest.slice(0, size);
  const end = items.at(-1);
  if (end === undefined || items.length === rest.length) return { items, headers: {} };
  const next = addressOf(
    exchange,
    `${pathname}?${new URLSearchParams({ last: end, n: String(size) }).toString()}`,
  );
  return { items, headers: { link: `<${next}>; rel="next"` } };
}

function pageSize(n: string | null): number {
  if (n === null) return maxPage;
  if (!/^\d+$/.test(n)) throw invalidParameter('maxResults', 'must be a number');
  return Number(n);
}

async function referrers({ registry, exchange, name, reference }: Routed): Promise<void> {
  if (!isDigest(reference)) throw invalidParameter('imageDigest', 'Invalid image digest');
  const artifactType = exchange.url.searchParams.get('artifactType') ?? undefined;
  const found = await referrersOf(registry.repository(name), reference);
  const manifests = found.filter((one) => artifactType === undefined || one.artifactType === artifactType);
  await exchange.sendJson(
    200,
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests },
    {
      'content-type': mediaTypes.ociIndex,
      ...(artifactType !== undefined && { 'oci-filters-applied': 'artifactType' }),
    },
  );
}

export const listRoutes: readonly Route[] = [
  { method: 'GET', pattern: /^\/v2\/?$/, operation: 'GET base', action: undefined, answer: base },
  {
    method: 'GET',
    pattern: /^\/v2\/_catalog$/,
    operation: 'GET catalog',
    action: 'ecr:DescribeRepositories',
    answer: catalog,
  },
  {
    method: 'GET',
    pattern: /^\/v2\/(?<name>.+)\/tags\/list$/,
    operation: 'GET tags',
    action: 'ecr:ListImages',
    answer: tags,
  },
  {
    method: 'GET',
    pattern: /^\/v2\/(?<name>.+)\/referrers\/(?<reference>[^/]+)$/,
    operation: 'GET referrers',
    action: 'ecr:BatchGetImage',
    answer: referrers,
  },
];

import {
  copyImages,
  readManifests,
  RemoteRepository,
  surveyGraph,
  Transport,
  type Descriptor,
  type Endpoints,
  type Layout,
} from '@towpath/oci';
import { setTimeout } from 'node:timers/promises';
import type { Account } from './account.ts';

/** The destination of an image. */
export interface Destination {
  readonly account: Account;
  readonly endpoints: Endpoints;
  readonly repository: string;
  readonly tag: string;
}

/** Pushes an image of a layout to a repository without checking for existing content. */
export async function pushImage(
  layout: Layout,
  root: Descriptor,
  { account, endpoints, repository, tag }: Destination,
): Promise<void> {
  const login = `Basic ${Buffer.from(await account.login()).toString('base64')}`;
  const transport = new Transport({ authorize: () => Promise.resolve(login), endpoints, env: {} });
  const clock = { sleep: (milliseconds: number) => setTimeout(milliseconds) };
  const target = new RemoteRepository(transport, { clock }, account.host, repository);
  const nothing = () => Promise.resolve(new Set<never>());
  const presence = { blobs: nothing, manifests: nothing };
  const graph = await surveyGraph(await readManifests(layout, root), presence);
  await copyImages([{ graph, source: layout, target }]);
  await account.tag(repository, await layout.manifest(root), tag);
}

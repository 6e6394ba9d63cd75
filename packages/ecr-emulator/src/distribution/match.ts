import type { Exchange } from '../http/exchange.ts';
import { pathOf } from '../http/path.ts';
import { blobRoutes } from './blobs.ts';
import { listRoutes } from './lists.ts';
import { manifestRoutes } from './manifests.ts';
import type { Route } from './route.ts';
import { uploadRoutes } from './uploads.ts';

export const routes: readonly Route[] = [...listRoutes, ...uploadRoutes, ...blobRoutes, ...manifestRoutes];

/** A route with the parameters of the path. */
export interface Match {
  readonly route: Route;
  readonly name: string;
  readonly reference: string;
}

export function match(exchange: Exchange): Match | undefined {
  for (const route of routes) {
    const parameters = route.pattern.exec(pathOf(exchange.url));
    if (parameters === null || route.method !== exchange.method) continue;
    const { name = '', reference = '' } = parameters.groups ?? {};
    return { route, name, reference };
  }
  return undefined;
}

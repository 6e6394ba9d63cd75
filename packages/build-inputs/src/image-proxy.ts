import type { ImageConfig } from '@towpath/config';
import { addEnvironment, declarations, usesInRun } from '@towpath/dockerfile';
import { CodedError, type Problem } from '@towpath/errors';
import { imageProxy, proxyBuildArgs, type ImageProxy, type Proxy } from '@towpath/proxy';
import { proxyRefusals, proxyWarnings } from './exposure.ts';

/** The proxy settings of an image, and the warnings about them. */
export interface ImageProxyFacts extends ImageProxy {
  readonly warnings: readonly Problem[];
  /** The Dockerfile that keeps the proxy in the image's environment, if configured. */
  readonly persistent?: string;
}

/**
 * Returns the proxy settings of an image.
 *
 * @param args of the image, from all sources
 * @param text of its Dockerfile
 * @param persists whether to keep the proxy
 * @throws CodedError `proxy-exposed` if a password would be in the image, or on a command line
 */
export function readImageProxy(
  { name, dockerfile, target }: ImageConfig,
  args: ReadonlyMap<string, string>,
  text: string,
  { shared, docker }: { readonly shared: Proxy | undefined; readonly docker: Proxy },
  persists: boolean,
): ImageProxyFacts {
  const own = imageProxy(shared, docker, args);
  const image = {
    ...{ name, args, persists, file: dockerfile, proxy: own.proxy },
    declarations: declarations(text),
    uses: usesInRun(text),
  };
  const refusals = proxyRefusals(image);
  if (refusals.length > 0)
    throw CodedError.of(
      refusals,
      (count) => `Image ${name} would contain the password of the proxy ${count} times.`,
    );
  return {
    ...own,
    warnings: proxyWarnings(image),
    persistent: persists
      ? addEnvironment(text, target, new Map(Object.entries(proxyBuildArgs(own.proxy).values)))
      : undefined,
  };
}

import { parseDigest, type Digest, type Platform } from '@towpath/reference';
import type { BuildPort } from './build.ts';
import type { Buildx } from './builder.ts';
import { lastLine } from './last-line.ts';

/** What a name stands for in a registry. */
export interface ResolvedImage {
  readonly digest: Digest;
  /** Of an image that is for one platform alone, and no index. */
  readonly platform?: Platform;
}

/**
 * Looks an image up in its registry, by the logins and the proxy of buildx.
 *
 * @param env beside the port's own
 * @returns the reason when it cannot be had
 */
export async function resolveImage(
  port: BuildPort,
  { program, args }: Buildx,
  reference: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ResolvedImage | { readonly reason: string }> {
  // The config of an image, or those of an index by their platforms: buildx has read them in any case.
  const format = '--format={{json .Manifest.Digest}} {{json .Image}}';
  const command = [...args, 'imagetools', 'inspect', format, reference];
  const { exitCode, stdout, stderr } = await port.exec(program, command, { env });
  const { digest, image } = /^"(?<digest>sha256:[0-9a-f]{64})"\s+(?<image>.*)$/s.exec(stdout)?.groups ?? {};
  if (exitCode !== 0 || digest === undefined || image === undefined) return { reason: lastLine(stderr) };
  const platform = platformOf(JSON.parse(image));
  return { digest: parseDigest(digest), ...(platform !== undefined && { platform }) };
}

function platformOf(config: unknown): Platform | undefined {
  const { os, architecture, variant } = (config ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof os !== 'string' || typeof architecture !== 'string') return undefined;
  return { os, architecture, ...(typeof variant === 'string' && { variant }) };
}

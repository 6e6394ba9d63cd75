import { parseDigest, type Digest, type Platform } from '@towpath/reference';
import type { BuildPort, Buildx } from './program.ts';
import { lastLine } from './last-line.ts';

/** What a name stands for in a registry. */
export interface ResolvedImage {
  readonly digest: Digest;
  /** Of an image that is for one platform alone, and no index. */
  readonly platform?: Platform;
  /** Of one of its platforms, where they were asked for. */
  readonly labels?: Readonly<Record<string, string>>;
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
  const found = (JSON.parse(image) ?? {}) as ImageConfig | Readonly<Record<string, ImageConfig>>;
  const config = isConfig(found) ? found : Object.values(found)[0];
  const labels = config?.config?.Labels ?? {};
  return {
    digest: parseDigest(digest),
    labels,
    ...(isConfig(found) && { platform: platformOf(found) }),
  };
}

/** What of an image's config matters here (OCI image spec 1.1, image configuration). */
interface ImageConfig {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly config?: { readonly Labels?: Readonly<Record<string, string>> };
}

function isConfig(found: object): found is ImageConfig {
  return 'os' in found && typeof found.os === 'string' && 'architecture' in found;
}

function platformOf({ os, architecture, variant }: ImageConfig): Platform {
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

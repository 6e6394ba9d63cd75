import { lastLine, type BuildPort } from '@towpath/docker';
import { parseDigest, type Digest, type Platform } from '@towpath/reference';
import type { Buildx } from './program.ts';

/** An image that was found in a registry. */
export interface ResolvedImage {
  readonly digest: Digest;
  /** The platform of a single-platform image. Absent for an index. */
  readonly platform?: Platform;
  /** The labels of the image, or of one platform of an index. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * Looks up an image in its registry, with the logins and the proxy of buildx.
 *
 * @param env variables in addition to the port's own
 * @returns the image, or the error
 */
export async function resolveImage(
  port: BuildPort,
  { program, args }: Buildx,
  reference: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ResolvedImage | { readonly reason: string }> {
  // `.Image` is the config of an image, or the configs of an index by platform. buildx reads them in any case.
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

/** The part of an image's config that is used here (OCI image spec 1.1, image configuration). */
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

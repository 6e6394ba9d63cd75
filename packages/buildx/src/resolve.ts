import { lastLine, parseOutput, type BuildPort } from '@towpath/docker';
import { parseDigest, type Digest, type Platform } from '@towpath/reference';
import type { Buildx } from './program.ts';
import * as z from 'zod';

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
  if (exitCode !== 0) return { reason: lastLine(stderr) };
  if (digest === undefined || image === undefined)
    return { reason: 'buildx imagetools inspect printed an unknown format.' };
  const single = parseOutput(image, imageConfig);
  if (single !== undefined)
    return { digest: parseDigest(digest), labels: labelsOf(single), platform: platformOf(single) };
  const byPlatform = parseOutput(image, z.record(z.string(), imageConfig).nullable());
  // The digest is enough: what else buildx prints is only used where it is known.
  if (byPlatform === undefined) return { digest: parseDigest(digest) };
  const [first] = Object.values(byPlatform ?? {});
  return { digest: parseDigest(digest), labels: first === undefined ? {} : labelsOf(first) };
}

/** The used part of an image's config (OCI image spec 1.1, image configuration). */
const imageConfig = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

type ImageConfig = z.output<typeof imageConfig>;

function labelsOf({ config }: ImageConfig): Readonly<Record<string, string>> {
  return config?.Labels ?? {};
}

function platformOf({ os, architecture, variant }: ImageConfig): Platform {
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

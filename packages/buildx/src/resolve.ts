import type { BuildPort } from './build.ts';
import type { Buildx } from './builder.ts';

/**
 * The digest of an image in a registry, by the logins and the proxy of buildx.
 *
 * @param env beside the port's own
 * @returns undefined when it cannot be had
 */
export async function resolveDigest(
  port: BuildPort,
  { program, args }: Buildx,
  reference: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const command = [...args, 'imagetools', 'inspect', '--format={{json .Manifest.Digest}}', reference];
  const { exitCode, stdout } = await port.exec(program, command, { env });
  if (exitCode !== 0) return undefined;
  return /^"(?<digest>sha256:[0-9a-f]{64})"\s*$/.exec(stdout)?.groups?.digest;
}

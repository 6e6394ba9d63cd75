/** What an image runs on, as the descriptors of an image index say it (OCI image spec 1.1, image index). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const platformPattern = /^(?<os>[a-z0-9_]+)\/(?<architecture>[a-z0-9_]+)(?:\/(?<variant>[a-z0-9_.]+))?$/;

/** The platform that `os/architecture[/variant]` names, or undefined. */
export function parsePlatform(text: string): Platform | undefined {
  const { os, architecture, variant } = platformPattern.exec(text)?.groups ?? {};
  if (os === undefined || architecture === undefined) return undefined;
  return { os, architecture, variant };
}

/** `os/architecture[/variant]`. `linux/arm64/v8` is written `linux/arm64`: v8 is the only arm64 there is. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  const implied = architecture === 'arm64' && variant === 'v8';
  return [os, architecture, ...(variant === undefined || implied ? [] : [variant])].join('/');
}

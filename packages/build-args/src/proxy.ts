/** Build args that BuildKit predefines: they need no ARG, and leave no trace in the image (Dockerfile reference). */
const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'FTP_PROXY', 'ALL_PROXY'] as const;

/** The proxy as build args: names for the command line, values for buildx's environment, never the other way. */
export interface ProxyBuildArgs {
  /** In both cases: programs disagree on which they read. */
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  /** Passwords and tokens inside the addresses, as written and decoded: to be masked. */
  readonly secrets: readonly string[];
}

/**
 * The proxy variables of an environment as build args. Where both cases are set the upper-case one counts.
 */
export function proxyBuildArgs(env: Readonly<Record<string, string | undefined>>): ProxyBuildArgs {
  const found = proxyNames.flatMap((name) => {
    const value = present(env[name]) ?? present(env[name.toLowerCase()]);
    return value === undefined ? [] : [{ name, value }];
  });
  return {
    names: found.flatMap(({ name }) => [name, name.toLowerCase()]),
    values: Object.fromEntries(
      found.flatMap(({ name, value }) => [
        [name, value],
        [name.toLowerCase(), value],
      ]),
    ),
    secrets: [
      ...new Set(found.flatMap(({ name, value }) => (name === 'NO_PROXY' ? [] : credentialsOf(value)))),
    ],
  };
}

function present(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

/**
 * A password, and it with its user as a `Proxy-Authorization` header carries them (the runner masks their base64 too);
 * a user alone, where it is a token. A user with a password is no secret, and often a word that stands everywhere.
 * All that comes before the last `@` counts: passwords are written with any character, escaped or not.
 */
function credentialsOf(address: string): string[] {
  const { credentials = '' } =
    /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?<credentials>.*)@/is.exec(address)?.groups ?? {};
  const colon = credentials.indexOf(':');
  const secrets = colon < 0 ? [credentials] : [credentials.slice(colon + 1), credentials];
  return secrets[0] === '' ? [] : secrets.flatMap((secret) => [secret, decode(secret)]);
}

/** A text with a stray percent sign, or with bytes that are no UTF-8, stands as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

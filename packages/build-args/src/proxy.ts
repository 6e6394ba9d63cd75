/** Build args that BuildKit predefines: they need no ARG, and leave no trace in the image (Dockerfile reference). */
const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'FTP_PROXY', 'ALL_PROXY'] as const;

/** The proxy as build args: names for the command line, values for buildx's environment, never the other way. */
export interface ProxyBuildArgs {
  /** In both cases: programs disagree on which they read. */
  readonly names: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  /** User names and passwords inside the addresses, as written and decoded: to be masked. */
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
    secrets: [...new Set(found.flatMap(({ value }) => credentialsOf(value)))],
  };
}

function present(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

function credentialsOf(address: string): string[] {
  const { password } =
    /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^:@/]*:(?<password>[^@/]*)@/i.exec(address)?.groups ?? {};
  if (password === undefined || password === '') return [];
  return [password, decode(password)];
}

/** A password with a stray percent sign stands as it is. */
function decode(text: string): string {
  return /%(?![0-9a-f]{2})/i.test(text) ? text : decodeURIComponent(text);
}

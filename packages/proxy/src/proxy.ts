/** The names of proxy variables. Programs disagree on whether to read the upper or the lower case. */
const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'ALL_PROXY', 'NO_PROXY'] as const;
export type ProxyName = (typeof proxyNames)[number];

/** Variables by name, from any source. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The proxy of a run. */
export interface Proxy {
  /** The values as given. Empty values are omitted. */
  readonly variables: ReadonlyMap<ProxyName, string>;
  /** Passwords and tokens in the addresses, as written and decoded. They must be masked. */
  readonly secrets: readonly string[];
}

/**
 * Returns the proxy of the first source that sets it, for each variable. Within one source the lower case takes
 * precedence, as in curl, wget, Python and Node.
 */
export function proxyOf(...sources: readonly Variables[]): Proxy {
  const variables = new Map(
    proxyNames.flatMap((name) => {
      const value = sources.flatMap(
        (source) => filled(source[name.toLowerCase()]) ?? filled(source[name]) ?? [],
      )[0];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  return { variables, secrets: secretsOf(variables) };
}

/** Returns the proxy variable for a name in either case; undefined for any other name. */
export function proxyName(name: string): ProxyName | undefined {
  return proxyNames.find((known) => known === name.toUpperCase());
}

/** Returns the addresses of a proxy that contain a password or a token. */
export function addressesWithPassword({ variables }: Pick<Proxy, 'variables'>): readonly string[] {
  const addresses = [...variables].flatMap(([name, address]) => (name === 'NO_PROXY' ? [] : [address]));
  return [...new Set(addresses)].filter((address) => credentialsOf(address).length > 0);
}

/** Returns the passwords and tokens in a proxy's addresses. NO_PROXY contains none. */
function secretsOf(variables: ReadonlyMap<ProxyName, string>): string[] {
  const addresses = [...variables].filter(([name]) => name !== 'NO_PROXY');
  return [...new Set(addresses.flatMap(([, address]) => credentialsOf(address)))];
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/**
 * Returns the secret parts of a proxy's address. These are the password, and user and password as a
 * `Proxy-Authorization` header carries them (the runner also masks their base64).
 * A user without a password is a token. A user with a password is not secret, and is often a common word.
 * Everything before the last `@` counts, because passwords may contain any character, escaped or not.
 */
export function credentialsOf(address: string): string[] {
  const { credentials = '' } =
    /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?<credentials>.*)@/is.exec(address)?.groups ?? {};
  const colon = credentials.indexOf(':');
  const secrets = colon < 0 ? [credentials] : [credentials.slice(colon + 1), credentials];
  return secrets[0] === '' ? [] : secrets.flatMap((secret) => [secret, decode(secret)]);
}

/** Decodes a text. A text with a stray percent sign or invalid UTF-8 is returned unchanged. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

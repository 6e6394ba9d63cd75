/** What the proxy variables of an environment are called; programs disagree on which case they read. */
const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'ALL_PROXY', 'NO_PROXY'] as const;
export type ProxyName = (typeof proxyNames)[number];

/** Variables by name, whoever gives them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The proxy of a run. */
export interface Proxy {
  /** As given; what is empty is absent. */
  readonly variables: ReadonlyMap<ProxyName, string>;
  /** Passwords and tokens inside the addresses, as written and decoded: to be masked. */
  readonly secrets: readonly string[];
}

/**
 * The proxy that the first source says, variable by variable: the next one fills in what it leaves out. Of the two
 * cases of one source the lower one counts, as it does for curl, wget, Python and Node.
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

/** The proxy variable that a name means, in either case; undefined for any other. */
export function proxyName(name: string): ProxyName | undefined {
  return proxyNames.find((known) => known === name.toUpperCase());
}

/** The addresses of a proxy that hold a password or a token. */
export function addressesWithPassword({ variables }: Pick<Proxy, 'variables'>): readonly string[] {
  const addresses = [...variables].flatMap(([name, address]) => (name === 'NO_PROXY' ? [] : [address]));
  return [...new Set(addresses)].filter((address) => credentialsOf(address).length > 0);
}

/** The passwords and tokens in a proxy's addresses; NO_PROXY has none. */
function secretsOf(variables: ReadonlyMap<ProxyName, string>): string[] {
  const addresses = [...variables].filter(([name]) => name !== 'NO_PROXY');
  return [...new Set(addresses.flatMap(([, address]) => credentialsOf(address)))];
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/**
 * What is secret in a proxy's address: a password, and it with its user as a `Proxy-Authorization` header carries them (the runner masks their base64 too);
 * a user alone, where it is a token. A user with a password is no secret, and often a word that stands everywhere.
 * All that comes before the last `@` counts: passwords are written with any character, escaped or not.
 */
export function credentialsOf(address: string): string[] {
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

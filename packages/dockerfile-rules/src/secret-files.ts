/** A kind of file that holds secrets. */
export interface SecretFileKind {
  readonly what: string;
  /** Whether a file of the name holds a secret, if that depends on its content. */
  readonly holds?: (content: string) => boolean;
  /** Whether most files of the name hold no secret. */
  readonly isUsuallyHarmless?: true;
}

const hasKey = (content: string) => /PRIVATE KEY|PuTTY-User-Key-File/.test(content);
const hasPassword = (content: string) =>
  /_(?:authToken|auth|password)\s{0,5}=\s{0,5}["']?(?![$"'\s<{])\S/.test(content) ||
  /(?:npmAuthToken|npmAuthIdent)["']?\s{0,5}:\s{0,5}["']?(?![$"'\s<{])\S/.test(content);
const hasUrlPassword = (content: string) => /:\/\/[^\s:@/$]{1,100}:[^\s@/${]{1,200}@/.test(content);

/** By the name of the file, in lower case. */
const byName: ReadonlyMap<string, SecretFileKind> = new Map(
  Object.entries<SecretFileKind>({
    '.npmrc': { what: 'the token of an npm registry', holds: hasPassword },
    '.yarnrc': { what: 'the token of an npm registry', holds: hasPassword, isUsuallyHarmless: true },
    '.yarnrc.yml': { what: 'the token of an npm registry', holds: hasPassword, isUsuallyHarmless: true },
    'bunfig.toml': {
      what: 'the token of an npm registry',
      isUsuallyHarmless: true,
      holds: (text) => /token\s{0,5}=\s{0,5}"(?!\$)[^"\s]/.test(text),
    },
    '.pypirc': { what: 'the password of a Python index' },
    'pip.conf': { what: 'the password of a Python index', holds: hasUrlPassword, isUsuallyHarmless: true },
    '.netrc': { what: 'passwords of hosts' },
    _netrc: { what: 'passwords of hosts' },
    '.git-credentials': { what: 'the password of a Git host' },
    '.dockercfg': { what: 'the login of a registry' },
    '.dockerconfigjson': { what: 'the login of a registry' },
    '.pgpass': { what: 'the password of a database' },
    '.my.cnf': { what: 'the password of a database' },
    '.htpasswd': { what: 'hashes of passwords' },
    '.s3cfg': { what: 'AWS credentials' },
    '.boto': { what: 'AWS credentials' },
    '.vault-token': { what: 'a Vault token' },
    '.terraformrc': { what: 'a Terraform token' },
    'terraform.tfvars': { what: 'variables of Terraform' },
    'terraform.tfstate': { what: 'the state of Terraform, which contains its secrets' },
    'credentials.json': { what: 'credentials' },
    'credentials.csv': { what: 'AWS credentials' },
    'application_default_credentials.json': { what: 'Google Cloud credentials' },
    'secrets.json': { what: 'secrets' },
    'secrets.yml': { what: 'secrets' },
    'secrets.yaml': { what: 'secrets' },
    'secrets.toml': { what: 'secrets' },
    'secrets.env': { what: 'secrets' },
    'master.key': { what: 'the key of Rails credentials' },
    'auth.json': {
      what: 'the login of a Composer repository',
      isUsuallyHarmless: true,
      holds: (text) => /"(?:http-basic|github-oauth|gitlab-token|bearer|auths)"/.test(text),
    },
    'settings.xml': {
      what: 'the password of a Maven repository',
      isUsuallyHarmless: true,
      holds: (text) => /<(?:password|passphrase)>(?!\s*\$)[^<\s]/.test(text),
    },
    'gradle.properties': {
      what: 'a password of Gradle',
      isUsuallyHarmless: true,
      holds: (text) => /^[^#\n]{0,100}(?:password|token|secret)[^=\n]{0,100}=[ \t]{0,5}(?!\$)\S/im.test(text),
    },
    'nuget.config': {
      what: 'the password of a NuGet feed',
      isUsuallyHarmless: true,
      holds: (text) => /"(?:ClearText)?Password"\s{1,5}value="(?!%)[^"]/i.test(text),
    },
    kubeconfig: { what: 'the login of a Kubernetes cluster' },
    '.envrc': { what: 'environment variables' },
    ...Object.fromEntries(
      ['id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519', 'id_ecdsa_sk', 'id_ed25519_sk', 'identity'].map(
        (name) => [
          name,
          name === 'identity' ? { what: 'a private key', holds: hasKey } : { what: 'a private key' },
        ],
      ),
    ),
  }),
);

/** By the end of the path, in lower case. */
const byPath: readonly (readonly [string, SecretFileKind])[] = [
  ['.aws/credentials', { what: 'AWS credentials' }],
  ['.aws/config', { what: 'AWS credentials', holds: (text) => text.includes('aws_secret_access_key') }],
  ['.docker/config.json', { what: 'the login of a registry', holds: (text) => /"auth"\s{0,5}:/.test(text) }],
  ['.kube/config', { what: 'the login of a Kubernetes cluster' }],
  ['.config/gh/hosts.yml', { what: 'a GitHub token' }],
  ['.cargo/credentials', { what: 'the token of a Cargo registry' }],
  ['.cargo/credentials.toml', { what: 'the token of a Cargo registry' }],
  ['.gem/credentials', { what: 'the token of RubyGems' }],
  [
    '.bundle/config',
    {
      what: 'the password of a gem source',
      holds: (text) => /BUNDLE_\w{1,100}:\s{0,5}"?[^\s":]{1,100}:[^\s"]/.test(text),
    },
  ],
  ['.azure/accesstokens.json', { what: 'an Azure token' }],
];

/** By the extension, in lower case. */
const byExtension: ReadonlyMap<string, SecretFileKind> = new Map([
  ['pem', { what: 'a private key', holds: hasKey, isUsuallyHarmless: true }],
  ['key', { what: 'a private key', holds: hasKey }],
  ['ppk', { what: 'a private key', holds: hasKey }],
  ['p12', { what: 'a private key' }],
  ['pfx', { what: 'a private key' }],
  ['jks', { what: 'private keys' }],
  ['keystore', { what: 'private keys' }],
  ['kdbx', { what: 'passwords' }],
  ['ovpn', { what: 'the key of a VPN' }],
  ['tfstate', { what: 'the state of Terraform, which contains its secrets' }],
]);

/** The endings of examples that are meant to be shared. */
const example =
  /[._-](?:example|sample|template|tpl|dist|default|defaults|schema|test|tests|spec)(?:\.\w{1,10})?$/;

/** Returns the kind of secret file that a path is by its name; undefined for other files. */
export function secretFileKind(path: string): SecretFileKind | undefined {
  const lower = path.toLowerCase();
  const name = lower.slice(lower.lastIndexOf('/') + 1);
  if (example.test(name)) return undefined;
  const end = byPath.find(([one]) => lower === one || lower.endsWith(`/${one}`));
  const known = end?.[1] ?? byName.get(name);
  if (known !== undefined) return known;
  if (name === '.env' || /^\.env\.[\w.-]{1,60}$/.test(name) || /^[\w-]{1,60}\.env$/.test(name))
    return { what: 'environment variables' };
  if (/^service[-_]?account[\w-]{0,60}\.json$/.test(name))
    return { what: 'the key of a Google Cloud service account' };
  return byExtension.get(name.slice(name.lastIndexOf('.') + 1));
}

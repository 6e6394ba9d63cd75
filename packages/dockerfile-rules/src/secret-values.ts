/** A form of secret that is known by its text. Every expression has a fixed start and bounded repeats. */
interface SecretForm {
  readonly what: string;
  readonly form: RegExp;
}

const forms: readonly SecretForm[] = [
  { what: 'an AWS access key', form: /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/ },
  { what: 'an AWS secret key', form: /aws_secret_access_key["']?\s{0,5}[=:]\s{0,5}["']?[A-Za-z0-9/+]{40}/i },
  { what: 'a GitHub token', form: /(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255})/ },
  { what: 'a GitLab token', form: /(?<!\w)gl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w-]{20,255}/ },
  { what: 'an npm token', form: /(?<!\w)npm_[A-Za-z0-9]{36}(?!\w)/ },
  { what: 'a Docker Hub token', form: /(?<!\w)dckr_(?:pat|oat)_[\w-]{20,255}/ },
  { what: 'a PyPI token', form: /(?<!\w)pypi-AgE[\w-]{20,255}/ },
  { what: 'a Slack token', form: /(?<!\w)xox[abeoprs]-[\w-]{10,255}/ },
  { what: 'a Slack webhook', form: /hooks\.slack\.com\/services\/T\w{6,20}\/B\w{6,20}\/\w{10,40}/ },
  { what: 'a Stripe key', form: /(?<!\w)(?:sk|rk)_live_[A-Za-z0-9]{16,255}/ },
  { what: 'a Google API key', form: /(?<!\w)AIza[\w-]{35}(?![\w-])/ },
  { what: 'a Google access token', form: /(?<!\w)ya29\.[\w-]{20,255}/ },
  { what: 'a Hugging Face token', form: /(?<!\w)hf_[A-Za-z0-9]{30,255}/ },
  { what: 'a SendGrid key', form: /(?<!\w)SG\.[\w-]{16,64}\.[\w-]{16,64}/ },
  { what: 'an API key', form: /(?<![\w-])sk-(?:ant-|proj-|svcacct-)[\w-]{20,255}/ },
  { what: 'a DigitalOcean token', form: /(?<!\w)do[opr]_v1_[a-f0-9]{64}/ },
  { what: 'a Vault token', form: /(?<!\w)hvs\.[\w-]{24,255}/ },
  { what: 'a Terraform token', form: /(?<!\w)[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}/ },
  { what: 'an Azure storage key', form: /AccountKey=[A-Za-z0-9+/]{40,88}/ },
  { what: 'a private key', form: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/ },
  { what: 'a JSON web token', form: /(?<!\w)eyJ[\w-]{10,1000}\.eyJ[\w-]{10,1000}\.[\w-]{10,1000}/ },
  {
    what: 'a registry password',
    form: /_(?:authToken|auth|password)["']?\s{0,5}=\s{0,5}["']?(?![$"'\s<{])[^\s"']{8,}/,
  },
  {
    what: 'an authorization header',
    form: /Authorization:\s{0,5}(?:Bearer|Basic|token)\s{1,5}[\w.~+/-]{16,}/i,
  },
];

/** The start of every form. Most words have none, so the forms are rarely compared. */
const hint =
  /AKIA|ASIA|aws_secret|gh[pousr]_|github_pat|gl(?:pat|dt|rt|cbt|ptt|ft|soat)-|npm_|dckr_|pypi-|xox|slack\.com|_live_|AIza|ya29|hf_|SG\.|sk-|_v1_|hvs\.|atlasv1|AccountKey|PRIVATE KEY|eyJ|_auth|_password|Authorization|:\/\//i;

/** No secret is shorter. */
const shortest = 8;

const withPassword =
  /(?<![\w+.-])[a-z][a-z0-9+.-]{1,20}:\/\/(?<user>[^\s:@/"']{0,100}):(?<password>[^\s@/"']{1,200})@(?=(?<loopback>(?:localhost|127\.0\.0\.1|\[::1\])(?![\w.-]))?)/i;

/** Passwords of examples. With the address of the container itself they are placeholders: some builds need such a URL. */
const examplePassword =
  /^(?:pass|password|passwd|pwd|secret|user|test|postgres|mysql|mongo|redis|root|admin|guest)$/i;

/** The forms, for all matches in a text. */
const everyForm = forms.map(({ what, form }) => ({ what, form: new RegExp(form.source, `${form.flags}g`) }));

/** Returns the kind of secret in a text, e.g. `a GitHub token`; undefined if there is none that is known by its form. */
export function secretIn(text: string): string | undefined {
  if (text.length < shortest || !hint.test(text)) return undefined;
  // AWS uses keys with EXAMPLE in its documentation. A real one can follow in the same text.
  const found = everyForm.find(({ form }) =>
    Array.from(text.matchAll(form), ([match]) => match).some(
      (match) => !match.includes('EXAMPLE') && !isPlaceholder(match),
    ),
  );
  if (found !== undefined) return found.what;
  const { user, password, loopback } = withPassword.exec(text)?.groups ?? {};
  if (password === undefined || !isLiteral(password)) return undefined;
  const isExample = loopback !== undefined && (password === user || examplePassword.test(password));
  return isExample ? undefined : 'a URL with a password';
}

/** Returns whether the secret part of a token consists of zeros or of the letter X, as in documentation and tests. */
function isPlaceholder(token: string): boolean {
  const last = token.split(/[^A-Za-z0-9]+/).findLast((part) => part !== '') ?? '';
  return /^(?:AKIA|ASIA|AIza)?(?:0{8,}|x{8,})$/i.test(last);
}

/** Replaces everything in a text that looks like a secret, for messages of other programs. */
export function redactSecrets(text: string): string {
  if (!hint.test(text)) return text;
  return redacted.reduce((left, form) => left.replace(form, '***'), text);
}

const redacted = [
  ...everyForm.map(({ form }) => form),
  new RegExp(withPassword.source, `${withPassword.flags}g`),
];

/** Returns whether a value is written out: it is not empty, no variable, no switch and no placeholder. */
export function isLiteral(value: string): boolean {
  if (value === '' || value.includes('$') || /^[<{[*]/.test(value)) return false;
  if (/^(?:true|false|yes|no|on|off|0|1|null|none|nil|undefined|never|always|auto)$/i.test(value))
    return false;
  return !/^(?:x+|[0-]+|\.+|change[-_]?me|example|placeholder|dummy|todo|replace[-_]?me|your[-_].*)$/i.test(
    value,
  );
}

const single = new Set([
  ...['password', 'passwords', 'passwd', 'passphrase', 'secret', 'secrets', 'token', 'tokens', 'credential'],
  ...['credentials', 'apikey', 'authtoken', 'accesstoken', 'privatekey', 'secretkey', 'accesskey'],
]);

/** The word before `KEY` that makes it a secret. `PUBLIC_KEY` and `GPG_KEY` are none. */
const keyed = new Set([
  ...['api', 'access', 'private', 'secret', 'encryption', 'signing', 'master', 'deploy', 'ssh', 'auth'],
  ...['account', 'storage', 'session', 'service', 'license', 'subscription', 'app', 'admin'],
]);

/** A last word after which the value describes a secret, and is none. */
const describing = new Set([
  ...['file', 'files', 'path', 'dir', 'folder', 'url', 'uri', 'host', 'hostname', 'port', 'endpoint', 'name'],
  ...[
    'names',
    'id',
    'ids',
    'ttl',
    'expiry',
    'expires',
    'expiration',
    'timeout',
    'age',
    'length',
    'size',
    'count',
  ],
  ...[
    'limit',
    'max',
    'min',
    'mode',
    'type',
    'kind',
    'format',
    'algorithm',
    'alg',
    'issuer',
    'audience',
    'scope',
  ],
  ...[
    'enabled',
    'disabled',
    'required',
    'policy',
    'provider',
    'store',
    'backend',
    'header',
    'prefix',
    'suffix',
  ],
  ...[
    'version',
    'arn',
    'region',
    'rotation',
    'field',
    'column',
    'regex',
    'pattern',
    'sock',
    'socket',
    'server',
  ],
  ...[
    'service',
    'strategy',
    'location',
    'digest',
    'fingerprint',
    'manager',
    'engine',
    'helper',
    'command',
    'cmd',
  ],
]);

/** A first word that says whether there is a secret, not which one. */
const switching = new Set([
  ...[
    'allow',
    'use',
    'no',
    'skip',
    'require',
    'disable',
    'enable',
    'with',
    'without',
    'has',
    'is',
    'max',
    'min',
  ],
]);

/** Variables that a front end shows to everybody. */
const shown = /^(?:VITE|REACT_APP|GATSBY|VUE_APP|STORYBOOK|NG_APP)_|(?:^|_)PUBLIC(?:_|$)/i;

/** Returns whether the name of a variable says that its value is a secret. Compares whole words of the name. */
export function isSecretName(name: string): boolean {
  if (shown.test(name)) return false;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1) ?? '';
  if (words.join('_').endsWith('access_key_id')) return true;
  if (describing.has(last) || switching.has(words[0] ?? '')) return false;
  // The directives of nginx, such as proxy_pass, name a server.
  if (last === 'pass' && /^(?:proxy|fastcgi|grpc|memcached|scgi|uwsgi)$/.test(words.at(-2) ?? ''))
    return false;
  if (words.length > 1 && (last === 'pass' || (last === 'pwd' && words[0] !== 'old'))) return true;
  return words.some(
    (word, index) => single.has(word) || (word === 'key' && keyed.has(words[index - 1] ?? '')),
  );
}

import { describe, expect, test } from '@jest/globals';
import { found } from './harness/found.ts';
import { lint } from './index.ts';

describe('proxies', () => {
  const only = ['proxy-env', 'proxy-arg', 'secret-value', 'secret-name'];
  test.each<[name: string, text: string, expected: readonly string[]]>([
    ['ENV', 'FROM a:1\nENV HTTP_PROXY=http://p:1', ['2 proxy-env error']],
    [
      'ENV in lower case, with a lower-case instruction',
      'from a:1\nenv https_proxy http://p:1',
      ['2 proxy-env error'],
    ],
    [
      'ENV of several variables, at the line of the proxy',
      'FROM a:1\nENV A=1 \\\n  no_proxy=localhost',
      ['3 proxy-env error'],
    ],
    ['ENV with a password, once', 'FROM a:1\nENV ALL_PROXY=http://u:hunter22@p:1', ['2 proxy-env error']],
    ['ENV that copies an ARG', 'FROM a:1\nENV X=${HTTP_PROXY:-none}', ['2 proxy-env error']],
    ['ENV that unsets a proxy', 'FROM a:1\nENV HTTP_PROXY= https_proxy=""', []],
    ['ENV after ONBUILD', 'FROM a:1\nONBUILD ENV HTTP_PROXY=http://p', ['2 proxy-env error']],
    [
      'a configuration of apt',
      `FROM a:1\nRUN echo 'Acquire::http::Proxy "http://p:1";' > /etc/apt/apt.conf.d/p`,
      ['2 proxy-env warning'],
    ],
    [
      'a configuration of git and npm',
      'FROM a:1\nRUN git config --global http.proxy http://p:1 && npm config set https-proxy http://p',
      ['2 proxy-env warning', '2 proxy-env warning'],
    ],
    ['a proxy for one command', 'FROM a:1\nRUN HTTP_PROXY=http://p:1 wget x', []],
    ['ARG', 'FROM a:1\nARG HTTPS_PROXY', ['2 proxy-arg warning']],
    ['ARG before the first FROM, which only FROM sees', 'ARG http_proxy\nARG NO_PROXY=x\nFROM a:1', []],
    [
      'ARG before the first FROM that a stage declares again',
      'ARG http_proxy\nFROM a:1\nARG http_proxy',
      ['3 proxy-arg warning'],
    ],
    [
      'a password in an ARG before the first FROM',
      'ARG HTTP_PROXY=http://u:hunter22@p:1\nFROM a:1',
      ['1 secret-value error'],
    ],
    [
      'ENV of a stage that is not in the image',
      'FROM a:1 AS b\nENV HTTP_PROXY=http://p:1\nENV X=$HTTP_PROXY\nENV HTTPS_PROXY=http://u:hunter22@p:1\nFROM a:1\nCOPY --from=b /x /x',
      ['2 proxy-env warning', '3 proxy-env warning', '4 proxy-env error'],
    ],
    [
      'ENV of a base stage of the image',
      'FROM a:1 AS b\nENV HTTP_PROXY=http://p:1\nFROM b',
      ['2 proxy-env error'],
    ],
    ['ARG with a password', 'FROM a:1\nARG HTTPS_PROXY=http://u:hunter22@p', ['2 proxy-arg error']],
    ['a name that only ends like one', 'FROM a:1\nENV APP_HTTP_PROXY_MODE=on REVERSE_PROXY=nginx', []],
  ])('%s', (_name, text, expected) => {
    expect(found(text, only)).toEqual(expected);
  });
});

describe('secrets', () => {
  const only = ['secret-name', 'secret-value'];
  test.each<[name: string, line: string, expected: readonly string[]]>([
    ['ARG without a value', 'ARG NPM_TOKEN', ['2 secret-name warning']],
    ['ARG with a value', 'ARG DB_PASSWORD=hunter22', ['2 secret-name error']],
    ['ENV that keeps an ARG', 'ENV API_KEY=$API_KEY', ['2 secret-name warning']],
    ['camel case', 'ARG npmAuthToken', ['2 secret-name warning']],
    ['an access key id', 'ARG AWS_ACCESS_KEY_ID', ['2 secret-name warning']],
    ['the legacy form', 'ENV DB_PASS hunter22', ['2 secret-name error']],
    [
      'names of users, sockets, modes, files, front ends and switches',
      'ENV USERNAME=web SSH_AUTH_SOCK=/a AUTH_MODE=oidc PASSWORD_FILE=/run/secrets/p VITE_API_KEY=k NEXT_PUBLIC_TOKEN=t TOKEN_URL=https://a PUBLIC_KEY=k GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D ALLOW_EMPTY_PASSWORD=yes UWSGI_PASS=app:9000',
      [],
    ],
    [
      'a path, an empty value and a switch',
      'ENV SECRET_KEY=/run/secrets/key DB_PASSWORD= RANDOM_PASSWORD=yes',
      [],
    ],
    [
      'words that contain others',
      'ENV TOKENIZERS_PARALLELISM=false KEYCLOAK_VERSION=26 BYPASS=1 MONKEY=1 SECRETARIAT=a',
      [],
    ],
    ['the name of a script', 'ENV RESET_PASSWORD="resetPassword.sh" TOKENS=tokens.json', []],
    ['a package version', 'RUN apk add --no-cache libcrypto3=3.1.4-r0', []],
    [
      'a GitHub token in RUN',
      `RUN git clone https://x:ghp_${'a1'.repeat(18)}@github.com/a/b`,
      ['2 secret-value error'],
    ],
    ['an AWS key in ENV', 'ENV KEY=AKIAIOSFODNN7ABCDEFG', ['2 secret-value error']],
    ['the AWS key of the documentation', 'ENV KEY=AKIAIOSFODNN7EXAMPLE', []],
    ['a token in a LABEL', `LABEL a=glpat-${'a'.repeat(20)}`, ['2 secret-value error']],
    [
      'a registry token that is written to a file',
      'RUN echo "//registry.npmjs.org/:_authToken=abcdef123456" > .npmrc',
      ['2 secret-value error'],
    ],
    [
      'a registry token of a variable',
      'RUN echo "//registry.npmjs.org/:_authToken=${NPM_TOKEN}" > .npmrc',
      [],
    ],
    ['an assignment in RUN', 'RUN NPM_TOKEN=abcdef123456 npm ci && export B=1', ['2 secret-value error']],
    ['an assignment of a variable and of a command', 'RUN TOKEN=$(cat /run/secrets/t) PASSWORD="$P" x', []],
    ['a password of curl', 'RUN curl -u deploy:hunter22 https://a.example/f', ['2 secret-value error']],
    ['a user of curl with a variable', 'RUN curl -u deploy:$PASSWORD https://a.example/f', []],
    ['a flag', 'RUN tool --password=hunter22 && tool --token "$T"', ['2 secret-value error']],
    [
      'a private key in a heredoc',
      'COPY <<EOF /k\n-----BEGIN OPENSSH PRIVATE KEY-----\nEOF',
      ['3 secret-value error'],
    ],
    ['a URL with a user only', 'RUN git clone ssh://git@github.com/a/b && curl http://a:8080/x@y', []],
    [
      'an ENV of several lines with comments and empty lines',
      'ENV A=1 \\\n  # B_TOKEN=hunter22\n  B_TOKEN=hunter23 \\\n\n  C=2',
      ['4 secret-name error'],
    ],
    ['several lines with CRLF', 'ENV A=1 \\\r\n  DB_PASSWORD=hunter22\r\n', ['3 secret-name error']],
    ['ONBUILD', 'ONBUILD ENV DB_PASSWORD=hunter22', ['2 secret-name error']],
    [
      'tokens of zeros and Xs',
      `RUN echo ghp_${'0'.repeat(36)} AKIA${'X'.repeat(16)} npm_${'x'.repeat(36)} //r/:_authToken=00000000-0000-0000-0000-000000000000`,
      [],
    ],
    ['a value of zeros', 'RUN NPM_TOKEN=00000000-0000-0000-0000-000000000000 npm ci && t --token 0000', []],
    ['a name with a value of zeros', 'ENV NPM_TOKEN=00000000', ['2 secret-name warning']],
    [
      'a token after a placeholder',
      `LABEL a=ghp_${'0'.repeat(36)},ghp_${'a1'.repeat(18)}`,
      ['2 secret-value error'],
    ],
    ['a token with many zeros', `LABEL a=ghp_${'0'.repeat(30)}a1b2c3`, ['2 secret-value error']],
    [
      'example passwords for the container itself',
      'ENV DATABASE_URL=postgresql://user:pass@localhost:5432/dummy B=mysql://app:app@127.0.0.1/app',
      [],
    ],
    [
      'a password for the container itself',
      'ENV DATABASE_URL=postgresql://user:hunter22@localhost:5432/app',
      ['2 secret-value error'],
    ],
    [
      'an example password for a host that starts like the container itself',
      'ENV DATABASE_URL=postgresql://user:pass@localhost.example.com/app',
      ['2 secret-value error'],
    ],
    ['CMD', 'CMD ["app", "--dsn", "postgres://app:hunter22@db/app"]', ['2 secret-value error']],
  ])('%s', (_name, line, expected) => {
    expect(found(`FROM a:1\n${line}\n`, only)).toEqual(expected);
  });

  test('of an ARG before the first FROM are reported only if the value is written out', () => {
    expect(found('ARG NPM_TOKEN\nARG API_KEY=$NPM_TOKEN\nFROM a:1', only)).toEqual([]);
    expect(found('ARG NPM_TOKEN=abcdef123456\nFROM a:1', only)).toEqual(['1 secret-name error']);
  });

  test('say where they stay: in the image, the build cache or the repository', () => {
    const text =
      'ARG A_TOKEN=hunter22\nFROM a:1 AS b\nARG B_TOKEN\nARG HTTP_PROXY\nFROM a:1\nARG C_TOKEN\nCOPY --from=b /x /x';
    const { findings } = lint({ file: 'Dockerfile', text });
    const messages = findings.filter(({ rule }) => /secret|proxy/.test(rule)).map(({ message }) => message);
    expect(messages).toEqual([
      'ARG A_TOKEN has the value of a secret, which stays in the repository.',
      'ARG B_TOKEN stays in the build cache.',
      'ARG HTTP_PROXY keeps the proxy in the build cache.',
      'ARG C_TOKEN stays in the image.',
    ]);
  });

  test('of a proxy with a password are named, as the password is worse than the proxy', () => {
    const text =
      'FROM a:1\nENV HTTP_PROXY=http://p\nENV HTTPS_PROXY=http://u:hunter22@p\nARG ALL_PROXY=http://u:hunter22@p';
    const { findings } = lint({ file: 'Dockerfile', text });
    expect(findings.filter(({ rule }) => rule.startsWith('proxy')).map(({ message }) => message)).toEqual([
      'ENV HTTP_PROXY keeps a proxy in the image.',
      'ENV HTTPS_PROXY keeps a proxy with its password in the image.',
      'ARG ALL_PROXY keeps the proxy and its password in the history of the image.',
    ]);
  });

  test('are never in a message', () => {
    const text = `FROM a:1\nENV DB_PASSWORD=hunter22 HTTP_PROXY=http://u:hunter22@p\nRUN curl -u a:hunter22 x && NPM_TOKEN=hunter22 npm ci\nCMD x postgres://a:hunter22@b`;
    expect(JSON.stringify(lint({ file: 'Dockerfile', text }).findings)).not.toContain('hunter22');
  });
});

describe('files of the build context', () => {
  const only = ['secret-file', 'git-folder'];
  const secrets = new Map([
    [
      '',
      {
        files: [
          { path: '.npmrc', what: 'a token' },
          { path: 'deploy/key.pem', what: 'a private key' },
          { path: 'server/testdata/tls.pem', what: 'a private key' },
          { path: 'server/testdata/.env', what: 'variables' },
        ],
        hasGit: true,
        harmless: new Set(['.yarnrc.yml']),
      },
    ],
    ['lib', { files: [{ path: '.env', what: 'variables' }], hasGit: false, harmless: new Set<string>() }],
  ]);
  test.each<[line: string, expected: readonly string[]]>([
    ['COPY . .', ['2 secret-file error', '2 git-folder warning']],
    ['COPY ./ /app/', ['2 secret-file error', '2 git-folder warning']],
    ['ADD [".", "/app"]', ['2 secret-file error', '2 git-folder warning']],
    ['COPY .npmrc* /', ['2 secret-file error']],
    ['COPY * /', ['2 secret-file error', '2 git-folder warning']],
    ['COPY deploy /deploy', ['2 secret-file error']],
    ['COPY deploy/*.pem /', ['2 secret-file error']],
    ['COPY server/testdata/*.pem /', ['2 secret-file warning']],
    ['COPY server /', ['2 secret-file error']],
    ['COPY --exclude=.npmrc --exclude=**/*.pem --exclude=.git --exclude=server . .', []],
    ['COPY src package.json /', []],
    ['COPY .yarnrc.yml /', []],
    ['COPY id_rsa /root/.ssh/', ['2 secret-file error']],
    ['COPY .env.example config.env.sample /', []],
    ['COPY <<.env /app/.env\nA=1\n.env', []],
    ['COPY --link .npmrc /', ['2 secret-file error']],
    ['COPY --from=lib . /', ['2 secret-file error']],
    ['COPY --from=other:1 .npmrc /', []],
    ['ONBUILD COPY . .', ['2 secret-file error', '2 git-folder warning']],
    // Their content decides, and it is not known here.
    ['COPY settings.xml gradle.properties ca.pem /', ['2 secret-file warning']],
    ['COPY settings.xml tls.key /', ['2 secret-file error']],
  ])('%s', (line, expected) => {
    expect(found(`FROM a:1\n${line}\n`, only, { secrets, contexts: new Set(['lib']) })).toEqual(expected);
  });

  test('are a warning in a stage that is not in the image', () => {
    expect(found('FROM a:1 AS b\nCOPY .npmrc .\nFROM a:1\nCOPY --from=b /x /x\n', only)).toEqual([
      '2 secret-file warning',
    ]);
  });
});

import { describe, expect, test } from '@jest/globals';
import { found } from './harness/found.ts';
import { lint } from './index.ts';

describe('packages', () => {
  const only = [
    'package-unpinned',
    'dependency-unpinned',
    'package-cache',
    'package-update',
    'package-prompt',
  ];
  const clean = ' && rm -rf /var/lib/apt/lists/*';
  test.each<[line: string, expected: readonly string[]]>([
    [`RUN apt-get update && apt-get install -y curl=8.1-1${clean}`, []],
    [`RUN apt-get update && apt-get install -y curl${clean}`, ['2 package-unpinned info']],
    ['RUN apt-get update && apt-get install -y curl=8.1-1', ['2 package-cache warning']],
    [
      'RUN --mount=type=cache,target=/var/lib/apt --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y a=1',
      [],
    ],
    ['RUN apt-get update && apt-get install -y curl=1 && apt-get dist-clean', []],
    [`RUN apt-get update; xargs -rt -n 5 apt-get install -y < /list${clean}`, []],
    [`RUN apt-get update; timeout -k 5 60 apt-get install -y curl${clean}`, ['2 package-unpinned info']],
    ['RUN apk add --no-network --virtual .rundeps $DEPS', []],
    ['RUN microdnf install bash-5.2.1 && microdnf clean all', []],
    ['RUN pip install --no-cache-dir "wheel<0.46" "flask~=3.1"', []],
    [`RUN apt-get update; apt-get install curl=1${clean}`, ['2 package-prompt warning']],
    [
      `RUN apt-get update && apt-get -qq -o A=b install "a=1" \\\n  b \\\n  c=2${clean}`,
      ['3 package-unpinned info'],
    ],
    ['RUN apt-get update', ['2 package-cache warning', '2 package-update warning']],
    [`RUN apt-get update && apt-get install $PACKAGES${clean}`, ['2 package-prompt warning']],
    [`RUN dpkg -i /a.deb || apt-get -f install${clean}`, ['2 package-prompt warning']],
    [`RUN apt-get $YES install curl=1 && apt-get install \${APT_OPTIONS} curl=1${clean}`, []],
    [`RUN if apt-get install -s a; then npm install --dry-run b; fi${clean}`, []],
    ['RUN pacman -Sy && rm -rf /var/cache/pacman', []],
    ['RUN conda create --file /env.txt && conda clean -afy', ['2 package-prompt warning']],
    [
      `RUN <<EOF\napt-get update\napt-get install -y curl\nrm -rf /var/lib/apt/lists/*\nEOF`,
      ['4 package-unpinned info'],
    ],
    [
      `RUN bash <<'EOF'\napt-get update\napt-get install curl=1\nEOF`,
      ['3 package-cache warning', '4 package-prompt warning'],
    ],
    ['RUN <<EOF\n#!/usr/bin/env python3\nprint("apt-get install curl")\nEOF', []],
    ['RUN cat <<EOF > /x\napt-get install curl\nEOF', []],
    ['RUN sh -c "apk add curl"', ['2 package-unpinned info', '2 package-cache warning']],
    ['RUN ["apk", "add", "--no-cache", "curl=8"]', []],
    ['RUN apk add --no-cache --virtual .deps libcrypto3=3.1.4 $PKGS', []],
    ['RUN apk add curl=8 && rm -rf /var/cache/apk/*', []],
    ['RUN dnf install -y python3-3.12.1 && dnf clean all', []],
    [
      'RUN yum install httpd',
      ['2 package-unpinned info', '2 package-cache warning', '2 package-prompt warning'],
    ],
    ['RUN microdnf install -y nodejs && microdnf clean all', ['2 package-unpinned info']],
    ['RUN zypper --non-interactive install curl && zypper clean', ['2 package-unpinned info']],
    ['RUN pacman -Sy --noconfirm curl', ['2 package-cache warning']],
    ['RUN pip install --no-cache-dir flask==3.1.0 -r requirements.txt .', []],
    ['RUN pip install flask', ['2 dependency-unpinned warning', '2 package-cache warning']],
    ['RUN python3 -m pip install flask>=3', ['2 dependency-unpinned warning', '2 package-cache warning']],
    ['RUN --mount=type=cache,target=/root/.cache/pip pip install -r requirements.txt', []],
    ['ENV PIP_NO_CACHE_DIR=1\nRUN pip install -r requirements.txt', []],
    ['RUN uv pip install --system flask', ['2 dependency-unpinned warning', '2 package-cache warning']],
    [
      'RUN npm install -g pnpm@9.1.0 typescript@latest && npm cache clean --force',
      ['2 dependency-unpinned warning'],
    ],
    [
      'RUN pip install --no-cache-dir git+https://git@github.com/a/b.git#egg=b git+https://github.com/a/b.git@v1',
      ['2 dependency-unpinned warning'],
    ],
    ['RUN pip install --no-cache-dir git+https://github.com/a/b@1.2#egg=b -c constraints.txt x', []],
    ['RUN npm install git+ssh://git@github.com/a/b.git#v1 && npm cache clean --force', []],
    [
      'RUN npm install git+ssh://git@github.com/a/b.git && npm cache clean --force',
      ['2 dependency-unpinned warning'],
    ],
    ['RUN npm ci', ['2 package-cache info']],
    ['RUN npm ci --omit=dev && npm cache clean --force', []],
    ['RUN yarn global add serve && yarn cache clean', ['2 dependency-unpinned warning']],
    ['RUN corepack pnpm install', []],
    ['RUN pnpm add -g turbo', ['2 dependency-unpinned warning']],
    ['RUN gem install bundler -v 2.5.0 && gem install rake', ['2 dependency-unpinned warning']],
    ['RUN go install golang.org/x/tools/cmd/goimports@latest', ['2 dependency-unpinned warning']],
    ['RUN go install ./... && go install example.com/x@v1.2.3', []],
    [
      'RUN cargo install ripgrep && cargo install --path . && cargo install fd-find --version 10.2.0',
      ['2 dependency-unpinned warning'],
    ],
    ['RUN composer require monolog/monolog', ['2 dependency-unpinned warning']],
    ['RUN conda install -y numpy && conda clean -afy', ['2 dependency-unpinned warning']],
    [
      'RUN apt-get update && apt-get install -y ./local.deb https://a.example/x.deb $X > /dev/null 2>&1' +
        clean,
      [],
    ],
    ['RUN sudo apt-get update && DEBIAN_FRONTEND=noninteractive sudo apt-get install -y curl=1' + clean, []],
    ['ONBUILD RUN apk add curl', ['2 package-unpinned info', '2 package-cache warning']],
    ['ONBUILD RUN <<EOF\napk add curl\nEOF', ['3 package-unpinned info', '3 package-cache warning']],
    ['RUN apk add --no-cache \\\r\n  # why\r\n\r\n  curl\r\n', ['5 package-unpinned info']],
    ['run apk add curl', ['2 package-unpinned info', '2 package-cache warning']],
    ['SHELL ["powershell", "-command"]\nRUN pip install flask', []],
  ])('%s', (line, expected) => {
    expect([...found(`FROM a:1\n${line}\n`, only)].sort()).toEqual([...expected].sort());
  });

  test('are found with the escape directive, and after a byte order mark', () => {
    expect(found('\uFEFF# escape=`\nFROM a:1\nRUN apk add --no-cache `\n  curl\n', only)).toEqual([
      '4 package-unpinned info',
    ]);
  });

  test('leave caches only in stages that are not in the image', () => {
    expect(found('FROM a:1 AS b\nRUN apk add x=1\nFROM a:1\nCOPY --from=b /a /b', only)).toEqual([]);
  });
});

describe('commands and settings', () => {
  const only = [
    'shell-form',
    'exec-form',
    'command-repeated',
    'workdir-relative',
    'legacy-form',
    'healthcheck',
    'stopsignal',
    'expose',
    'add-remote',
    'add-local',
    'instruction-unknown',
  ];
  const sum = 'a'.repeat(64);
  test('a path of Windows is absolute', () => {
    expect(found('# escape=`\nFROM a:1\nWORKDIR C:\\app\nWORKDIR "C:\\Program Files"\n', only)).toEqual([]);
  });

  test.each<[line: string, expected: readonly string[]]>([
    ['CMD node a.js', ['2 shell-form warning']],
    ['CMD ["a", \\\n  # why\n  "b"]', []],
    ['CMD [a, b]', ['2 shell-form warning']],
    ['CMD [ -f /a ] && b', ['2 shell-form warning']],
    ['ENTRYPOINT ["a"]\nCMD []', []],
    ['SHELL ["/bin/bash", "-c"]\nCMD node a.js', []],
    [`CMD ['a']`, ['2 exec-form error']],
    ['CMD ["a",]', ['2 exec-form error']],
    ['RUN [ -f /a ] || true', []],
    ['RUN [ "$A" = "b" ] && exit 0; wget x', []],
    ['RUN [ "$A" ] || exit 1', []],
    [`RUN ['a', 'b']`, ['2 exec-form error']],
    ['CMD ["a"]\nCMD ["b"]\nENTRYPOINT ["c"]', ['2 command-repeated warning']],
    ['WORKDIR app', ['2 workdir-relative warning']],
    ['WORKDIR /app\nWORKDIR sub', []],
    ['WORKDIR $HOME/x', []],
    ['WORKDIR C:\\\\app', []],
    ['ENV A b', ['2 legacy-form info']],
    ['MAINTAINER me', ['2 legacy-form info']],
    ['HEALTHCHECK NONE', []],
    ['HEALTHCHECK --interval=30s --retries=3 CMD a', []],
    ['HEALTHCHECK --interval=30 CMD a', ['2 healthcheck warning']],
    ['HEALTHCHECK curl -f http://localhost', ['2 healthcheck warning']],
    ['HEALTHCHECK CMD a\nHEALTHCHECK CMD b', ['2 healthcheck warning']],
    ['HEALTHCHECK CMD --interval=5s curl', ['2 healthcheck warning']],
    ['STOPSIGNAL SIGTERM\nSTOPSIGNAL 15\nSTOPSIGNAL quit\nSTOPSIGNAL SIGRTMIN+3\nSTOPSIGNAL $X', []],
    ['STOPSIGNAL SIGTRM', ['2 stopsignal error']],
    ['STOPSIGNAL SIGKILL', ['2 stopsignal warning']],
    ['STOPSIGNAL 99', ['2 stopsignal error']],
    ['EXPOSE 80 443/tcp 53/udp 8000-8010 $PORT', []],
    ['EXPOSE 8080:80', ['2 expose error']],
    ['EXPOSE 127.0.0.1:8080:80', ['2 expose error']],
    [
      'EXPOSE 70000 80/htp 90-80 http',
      ['2 expose error', '2 expose error', '2 expose error', '2 expose error'],
    ],
    ['EXPOSE 80/TCP', ['2 expose warning']],
    ['ADD https://a.example/x /x', ['2 add-remote warning']],
    [`ADD --checksum=sha256:${sum} https://a.example/x /x`, []],
    ['ADD --checksum=sha256:$SUM https://a.example/x /x', []],
    ['ARG H=https://a.example\nADD $H/x /x', ['3 add-remote warning']],
    ['ADD git@github.com:a/b.git /x', ['2 add-remote warning']],
    [`ADD https://github.com/a/b.git#${'a'.repeat(40)} /x`, []],
    ['ADD a.conf b.conf /etc/', ['2 add-local info']],
    ['ADD rootfs.tar.xz /', []],
    ['ADD ["a", "/b"]', ['2 add-local info']],
    ['COYP a b', ['2 instruction-unknown error']],
    ['ONBUILD', ['2 instruction-unknown error']],
    [
      'ONBUILD FROM a:1\nONBUILD ONBUILD CMD ["a"]',
      ['2 instruction-unknown error', '3 instruction-unknown error'],
    ],
  ])('%s', (line, expected) => {
    expect(found(`FROM a:1\n${line}\n`, only)).toEqual(expected);
  });

  const messages = (text: string) =>
    lint({ file: 'Dockerfile', text }).findings.flatMap(({ rule, line, message }) =>
      rule === 'instruction-unknown' ? [`${line}: ${message}`] : [],
    );

  test.each<[name: string, text: string, expected: readonly string[]]>([
    ['before FROM', 'ARG A\nRUN a\nFROM a:1\n', ['2: RUN is before the first FROM.']],
    ['without FROM', 'RUN a\n', ['1: The Dockerfile has no FROM.']],
    [
      'of a key without a quote, whose text is not shown',
      'FROM a:1\nRUN echo "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n"\n',
      [3, 4].map((line) => `${line}: The first word of the line is not an instruction.`),
    ],
    [
      'in UTF-16',
      Buffer.from('\uFEFFFROM a:1', 'utf16le').toString(),
      ['1: The Dockerfile is UTF-16.', '1: The first word of the line is not an instruction.'],
    ],
    [
      'of a file that is no Dockerfile',
      'FROM a:1\n' + 'THING\n'.repeat(500),
      [
        ...Array.from({ length: 10 }, (_, index) => `${index + 2}: THING is not an instruction.`),
        '12: 490 more lines have such an instruction.',
      ],
    ],
  ])('reports instructions %s', (_name, text, expected) => {
    expect(messages(text)).toEqual(expected);
  });
});

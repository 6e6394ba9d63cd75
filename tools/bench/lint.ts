import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compare, measure } from './measure.ts';

const bundle = fileURLToPath(new URL('../../actions/lint/dist/index.js', import.meta.url));
const count = 1000;

/** Checking 1,000 Dockerfiles of a repository, by the rules alone. */
export async function benchLint(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'towpath-bench-'));
  try {
    const workspace = join(folder, 'repository');
    for (let index = 0; index < count; index += 1) writeService(join(workspace, `service-${index}`), index);
    const env = {
      GITHUB_WORKSPACE: workspace,
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
      INPUT_FILES: '**/Dockerfile',
      'INPUT_FAIL-ON': 'never',
      INPUT_BUILDKIT: 'off',
      INPUT_HADOLINT: 'off',
    };
    for (const path of [env.GITHUB_OUTPUT, env.GITHUB_STEP_SUMMARY]) writeFileSync(path, '');
    const run = () => measure([{ program: process.execPath, args: [bundle], env }]);
    await compare(`Check ${count} Dockerfiles`, [{ name: 'towpath', run }], rounds);
    const found = /^findings<<(?<end>.*)\n(?<value>\d+)$/m.exec(readFileSync(env.GITHUB_OUTPUT, 'utf8'));
    const checked = globSync('*/Dockerfile', { cwd: workspace }).length;
    if (checked !== count || Number(found?.groups?.value) < count) throw new Error('not all were checked');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a service: a Dockerfile of about 60 lines with several stages, and a small context. */
function writeService(folder: string, index: number): void {
  mkdirSync(join(folder, 'src'), { recursive: true });
  const packages = Array.from({ length: 12 }, (_, at) => `        lib${(index + at) % 90}-dev \\`);
  const values = Array.from({ length: 8 }, (_, at) => `ENV SERVICE_${at}=value-${index}-${at}`);
  const text = `# syntax=docker/dockerfile:1
ARG NODE=22.${index % 9}.0
FROM node:\${NODE}-alpine AS base
${values.join('\n')}
WORKDIR /app

# The dependencies change less often than the sources.
FROM base AS dependencies
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev

FROM debian:13 AS native
ARG TARGETARCH
RUN apt-get update \\
    && apt-get install -y --no-install-recommends \\
${packages.join('\n')}
        curl \\
    && curl -fsSL "https://example.com/tool-\${TARGETARCH}.tar.gz" | tar xz -C /opt \\
    && rm -rf /var/lib/apt/lists/*
RUN <<END
set -eu
for name in one two three; do
  install -m 0755 /opt/$name /usr/local/bin/
done
END

FROM base AS service
COPY --from=dependencies /app/node_modules node_modules
COPY --from=native /usr/local/bin /usr/local/bin
COPY . .
RUN npm run build && pip install requests
LABEL org.opencontainers.image.title="service-${index}" team="team-${index % 12}"
EXPOSE 8080/tcp
HEALTHCHECK --interval=30s CMD wget -q localhost:8080/health
USER node
CMD node src/main.js
`;
  writeFileSync(join(folder, 'Dockerfile'), text);
  writeFileSync(join(folder, '.dockerignore'), 'node_modules\n.git\n');
  writeFileSync(join(folder, 'package.json'), '{}\n');
  for (let at = 0; at < 5; at += 1) writeFileSync(join(folder, 'src', `${at}.js`), 'main();\n');
}

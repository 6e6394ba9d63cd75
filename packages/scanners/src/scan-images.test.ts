import { describe, expect, jest, test } from '@jest/globals';
import { Layout } from '@towpath/oci';
import { fakeRuntime, makeImageSet, temporaryFolder, type FakeRuntime } from '@towpath/testing';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ChosenScanner } from './choose-scanners.ts';
import { execWith, standIns } from './harness/stand-ins.ts';
import { scanImages, type ScanTarget } from './scan-images.ts';

// The scanners are scripted stand-ins. Starting programs takes seconds on a busy machine.
jest.setTimeout(60_000);

const token = '11111111-2222-3333-4444-555555555555';

/** A report of Snyk about the archive that the script gets as its last argument. */
const snykReport = (ok: boolean, vulnerabilities: string) =>
  `printf '{"ok":${String(ok)},"vulnerabilities":[${vulnerabilities}],"docker":{},"platform":"linux/amd64","path":"%s"}' "$4"`;
const issue = '{"id":"SNYK-1","title":"Overflow","severity":"critical","name":"zlib","version":"1.2"}';

/** Scans an image with stand-ins. */
async function scan(
  name: ChosenScanner['name'],
  script: string,
  more: {
    readonly env?: Record<string, string>;
    readonly timeout?: number;
    readonly signal?: AbortSignal;
    readonly isOptional?: true;
    /** The programs on PATH instead of the scanner, which is then installed. */
    readonly others?: Readonly<Record<string, string>>;
  } = {},
): Promise<{ runtime: FakeRuntime; folder: string; result: ReturnType<typeof scanImages> }> {
  const folder = temporaryFolder();
  const bin = standIns(more.others ?? { [name]: script });
  const env = { PATH: `${bin}:/usr/bin:/bin`, SNYK_TOKEN: token, OUT: folder, ...more.env };
  const runtime = fakeRuntime({ env, exec: execWith(env), ...(more.signal && { signal: more.signal }) });
  const set = join(folder, 'set');
  const [built] = await makeImageSet(set, [{ name: 'web' }]);
  const layout = new Layout(set);
  if (built === undefined) throw new Error('there is an image');
  const manifest = await layout.manifest(built);
  if (manifest.kind !== 'image') throw new Error('it is an image');
  const target: ScanTarget = {
    name: 'web for linux/amd64',
    digest: manifest.digest,
    config: manifest.config.digest,
    platform: 'linux/amd64',
    manifest,
  };
  const options = {
    layout,
    proxy: {},
    temporaryFolder: () => Promise.resolve(temporaryFolder()),
    ...(more.timeout !== undefined && { timeout: more.timeout }),
  };
  const program = more.others === undefined ? { program: join(bin, name) } : {};
  const chosen = [{ name, ...program, ...(more.isOptional && { isOptional: true as const }) }];
  return { runtime, folder, result: scanImages([target], chosen, options, runtime) };
}

describe('a scan', () => {
  test('with Snyk gives it an archive of the image that only exists during the scan', async () => {
    const script = `printf '%s\\n' "$@" > $OUT/args; tar -tf "\${4#oci-archive:}" > $OUT/files; echo "$SNYK_API $SNYK_CFG_ORG" > $OUT/settings; ${snykReport(true, '')}`;
    const env = { SNYK_API: 'https://api.eu.snyk.io', SNYK_CFG_ORG: 'acme' };
    const { folder, result } = await scan('snyk', script, { env });
    const [scanned] = (await result).reports;
    expect(scanned?.report.findings).toEqual([]);
    const args = readFileSync(join(folder, 'args'), 'utf8').trim().split('\n');
    expect(args).toEqual(['container', 'test', '--json', expect.stringMatching(/^oci-archive:.*@sha256:/)]);
    expect(readFileSync(join(folder, 'settings'), 'utf8')).toBe('https://api.eu.snyk.io acme\n');
    expect(readFileSync(join(folder, 'files'), 'utf8')).toMatch(/oci-layout[^]*index\.json[^]*blobs\/sha256/);
    expect(existsSync(args[3]?.replace('oci-archive:', '') ?? '')).toBe(false);
  });

  test('without a program on PATH installs the pinned npm package, whose hashes npm checks without the token', async () => {
    const npm = [
      'echo "$* ${SNYK_TOKEN:-none}" > $OUT/npm; cp package-lock.json $OUT/lock',
      'mkdir -p node_modules/snyk/bin node_modules/snyk/wrapper_dist',
      'echo "echo \\$* \\${SNYK_TOKEN:-none} > $OUT/download" > node_modules/snyk/wrapper_dist/bootstrap.js',
      `cat > node_modules/snyk/bin/snyk <<'END'\n${snykReport(false, issue)}; exit 1\nEND`,
    ];
    // The packages are shell scripts here.
    const others = { npm: npm.join('\n'), node: 'exec sh "$@"' };
    const { folder, result } = await scan('snyk', '', { others });
    expect((await result).reports).toMatchObject([{ report: { findings: [{ severity: 'critical' }] } }]);
    const read = (file: string) => readFileSync(join(folder, file), 'utf8').trim();
    expect(read('npm')).toBe('ci --ignore-scripts --no-audit --no-fund none');
    expect(read('download')).toBe('exec none');
    const { packages } = JSON.parse(read('lock')) as {
      packages: Record<string, { integrity?: string; inBundle?: boolean }>;
    };
    // The hash of a package covers those in its bundle.
    const hashed = Object.entries(packages).filter(
      ([path, { inBundle }]) => path !== '' && inBundle !== true,
    );
    expect(hashed.length).toBeGreaterThan(0);
    for (const [, { integrity }] of hashed) expect(integrity).toMatch(/^sha512-/);

    const offline = await scan('snyk', '', { others: { npm: 'echo ENOTFOUND registry >&2; exit 1' } });
    await expect(offline.result).rejects.toMatchObject({
      code: 'scan-failed',
      message: expect.stringMatching(/npm could not install Snyk .*: ENOTFOUND registry/) as unknown,
    });
  });

  test.each<{ name: ChosenScanner['name']; script: string }>([
    { name: 'snyk', script: `${snykReport(false, issue)}; exit 1` },
    {
      name: 'trivy',
      script: `printf '{"SchemaVersion":2,"ArtifactName":"x","ArtifactType":"container_image","Results":[{"Target":"x","Class":"os-pkgs","Type":"debian","Vulnerabilities":[{"VulnerabilityID":"CVE-2026-1","PkgName":"zlib","InstalledVersion":"1.2","Severity":"CRITICAL"}]}]}'`,
    },
    {
      name: 'grype',
      script: `printf '{"matches":[{"vulnerability":{"id":"CVE-2026-1","severity":"Critical","fix":{"versions":[],"state":"unknown"}},"artifact":{"name":"zlib","version":"1.2","type":"deb"}}],"source":{"type":"image","target":{"userInput":"x"}},"descriptor":{"name":"grype","version":"0.1"}}'; exit 2`,
    },
  ])('with $name reads the findings of a complete report', async ({ name, script }) => {
    const { result } = await scan(name, script);
    const [scanned] = (await result).reports;
    expect(scanned).toMatchObject({ scanner: name, report: { findings: [{ severity: 'critical' }] } });
  });

  test.each<{ name: ChosenScanner['name']; script: string; says: RegExp }>([
    {
      name: 'snyk',
      script: `echo '{"ok":false,"error":"Unauthorized"}'; exit 2`,
      says: /exit code 2: Unauthorized/,
    },
    { name: 'snyk', script: `${snykReport(true, '')}; exit 3`, says: /exit code 3/ },
    { name: 'snyk', script: 'exit 0', says: /exit code 0 and no report\.$/ },
    // The npm package without its program.
    {
      name: 'snyk',
      script:
        'printf "Starting download\\nError: getaddrinfo ENOTFOUND downloads.snyk.io\\n at x\\n" >&2; exit 0',
      says: /no report: Error: getaddrinfo ENOTFOUND downloads\.snyk\.io\.$/,
    },
    { name: 'snyk', script: `${snykReport(false, '')}; exit 1`, says: /contradicts itself/ },
    { name: 'snyk', script: `${snykReport(true, '')}; exit 1`, says: /exit code 1, but .* no findings/ },
    { name: 'snyk', script: `echo '{"ok":true'`, says: /not valid JSON/ },
    {
      name: 'snyk',
      script: `echo '{"ok":true,"vulnerabilities":[],"docker":{},"path":"web@sha256:${'0'.repeat(64)}"}'`,
      says: /another image/,
    },
    { name: 'trivy', script: 'echo FATAL: no database >&2; exit 1', says: /exit code 1: FATAL: no database/ },
    { name: 'grype', script: 'echo failed to load the db >&2; exit 1', says: /exit code 1: failed to load/ },
  ])('with $name fails if the scanner says $says', async ({ name, script, says }) => {
    const { result } = await scan(name, script);
    await expect(result).rejects.toMatchObject({
      code: 'scan-failed',
      message: expect.stringMatching(says) as unknown,
    });
  });

  test('shows the token of Snyk to Snyk only: not in arguments, in the log, in errors or in the report', async () => {
    const leaking = `printf '%s\\n' "$@" "$SNYK_TOKEN" > $OUT/seen; printf '{"ok":true,"vulnerabilities":[],"docker":{},"note":"%s"}' "$SNYK_TOKEN"`;
    const snyk = await scan('snyk', leaking);
    const [scanned] = (await snyk.result).reports;
    expect(readFileSync(join(snyk.folder, 'seen'), 'utf8')).toContain(token);
    expect(readFileSync(join(snyk.folder, 'seen'), 'utf8').split('\n').slice(0, 4).join()).not.toContain(
      token,
    );
    expect(scanned?.text).toContain('"note":"***"');
    expect(snyk.runtime.masks).toContain(token);
    const failing = await scan('snyk', 'echo "bad token $SNYK_TOKEN" >&2; exit 2');
    await expect(failing.result).rejects.toMatchObject({
      message: expect.stringContaining('bad token ***') as unknown,
    });
    const cut = await scan('snyk', `printf '%0480d%s' 0 "$SNYK_TOKEN" >&2; exit 2`);
    await expect(cut.result).rejects.toMatchObject({
      message: expect.not.stringContaining(token.slice(0, 10)) as unknown,
    });
    const trivy = await scan('trivy', 'env > $OUT/env; exit 1');
    await expect(trivy.result).rejects.toMatchObject({ code: 'scan-failed' });
    expect(readFileSync(join(trivy.folder, 'env'), 'utf8')).not.toContain(token);
  });

  test('that a program on PATH cannot finish is skipped if nobody asked for it, and fails otherwise', async () => {
    const script = 'echo FATAL: failed to download the vulnerability DB >&2; exit 1';
    const { result } = await scan('trivy', script, { isOptional: true });
    await expect(result).resolves.toMatchObject({
      reports: [],
      skipped: [{ problem: { message: expect.stringMatching(/failed to download/) as unknown } }],
    });
    const named = await scan('trivy', script);
    await expect(named.result).rejects.toMatchObject({ code: 'scan-failed' });
  });

  test('whose report cannot be right fails, although nobody asked for it', async () => {
    const { result } = await scan('trivy', `echo '{"SchemaVersion":2'`, { isOptional: true });
    await expect(result).rejects.toMatchObject({ code: 'scan-failed' });
  });

  test('that takes too long is killed and fails', async () => {
    const { result } = await scan('snyk', 'exec sleep 600', { timeout: 300 });
    await expect(result).rejects.toMatchObject({
      message: expect.stringMatching(/did not finish/) as unknown,
    });
  });

  test('ends when the run is cancelled, and leaves no archive', async () => {
    const cancelled = new AbortController();
    const { result, folder } = await scan('snyk', 'echo "$4" > $OUT/archive; exec sleep 600', {
      signal: cancelled.signal,
    });
    const ended = expect(result).rejects.toThrow('cancelled');
    while (!readdirSync(folder).includes('archive')) await new Promise((resolve) => setTimeout(resolve, 20));
    cancelled.abort(new Error('cancelled'));
    await ended;
    const archive = readFileSync(join(folder, 'archive'), 'utf8').trim().replace('oci-archive:', '');
    expect(existsSync(archive)).toBe(false);
  });
});

import { expect, test } from '@jest/globals';
import { appendFileSync, chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { begin, green } from './scene.ts';
import { filesWith } from './files-with.ts';

const token = '11111111-2222-3333-4444-555555555555';

/** Writes a scripted stand-in of the Snyk CLI, and returns the folder for PATH. */
function standIn(vulnerabilities: string, exitCode: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'towpath-snyk-'));
  const report = `{"ok":${String(exitCode === 0)},"vulnerabilities":[${vulnerabilities}],"docker":{},"path":"%s"}`;
  writeFileSync(
    join(folder, 'snyk'),
    `#!/bin/sh\n[ "$SNYK_TOKEN" = ${token} ] || exit 2\nprintf '${report}' "$4"\nexit ${exitCode}\n`,
  );
  chmodSync(join(folder, 'snyk'), 0o755);
  return folder;
}

test('build with SNYK_TOKEN fails for a critical finding, keeps the report, and passes when it is fixed; lint can fail it, too', async () => {
  const { checkout, step, temp } = await begin();
  const critical =
    '{"id":"SNYK-1","identifiers":{"CVE":["CVE-2026-1234"]},"title":"Overflow","severity":"critical","name":"zlib","version":"1.2"}';
  const run = (path: string, inputs = {}) =>
    step('build', inputs, {
      env: { SNYK_TOKEN: token, PATH: `${path}:${process.env.PATH ?? ''}` },
    });
  const red = await run(standIn(critical, 1), { 'sarif-out': 'scan.sarif' });
  expect(red.exitCode).not.toBe(0);
  expect(red.outputs).toMatchObject({
    verdict: 'fail',
    'failure-reason': 'gate-failed',
    sarif: 'scan.sarif',
  });
  expect(red.outputs.problems).toContain('CVE-2026-1234');
  expect(red.summary).toContain('Scan with Snyk failed');
  const reports = JSON.parse(red.outputs.scans ?? '[]') as readonly string[];
  const [first = ''] = reports;
  expect(dirname(first)).toBe(join(temp, 'towpath/scans'));
  expect(readFileSync(first, 'utf8')).toContain('SNYK-1');
  expect(await filesWith(temp, [token])).toEqual([]);
  expect(red.log + red.summary).not.toContain(token);

  // The reports of all images name their image, so the gate needs no other input.
  const gate = await step('scan-gate', { reports: reports.join('\n'), 'image-set': join(temp, 'towpath') });
  expect(gate.outputs).toMatchObject({ verdict: 'fail', 'failure-reason': 'gate-failed' });

  // lint: fail stops before the build, and the default warns.
  const dockerfile = join(checkout.folder, 'job/Dockerfile');
  appendFileSync(dockerfile, '\nENV HTTPS_PROXY=http://proxy.example:3128\n');
  const refused = await step('build', { lint: 'fail' });
  expect(refused.outputs['failure-reason']).toBe('lint-failed');
  expect(refused.log).toMatch(/job\/Dockerfile:\d+: .*proxy-env/);

  // Nobody asked for the Trivy on PATH, and it cannot download its database.
  const noDatabase = mkdtempSync(join(tmpdir(), 'towpath-trivy-'));
  writeFileSync(join(noDatabase, 'trivy'), '#!/bin/sh\necho FATAL: failed to download the DB >&2\nexit 1\n');
  chmodSync(join(noDatabase, 'trivy'), 0o755);
  const path = { env: { SNYK_TOKEN: '', PATH: `${noDatabase}:${process.env.PATH ?? ''}` } };
  const unknown = green(await step('build', {}, path));
  expect(unknown.outputs.verdict).toBe('unknown');
  expect(unknown.log).toContain('failed to download the DB');
  expect(unknown.log).toContain('keeps a proxy in the image');
  const named = await step('build', { scan: 'trivy' }, path);
  expect(named.outputs['failure-reason']).toBe('scan-failed');

  const fixed = green(await run(standIn('', 0), { lint: 'off' }));
  expect(fixed.log).not.toContain('keeps a proxy in the image');
  expect(fixed.outputs.verdict).toBe('pass');
  expect(fixed.summary).toContain('Scan with Snyk passed');
  expect(existsSync(join(temp, 'towpath/images.json'))).toBe(true);
});

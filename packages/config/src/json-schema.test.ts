import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { readTowpathYaml } from './towpath-yaml.ts';
import { parseYaml } from './yaml-file.ts';

const schema = JSON.parse(readFileSync('schemas/towpath.schema.json', 'utf8')) as object;
const isValid = new Ajv2020({ allowUnionTypes: true }).compile(schema);

function parse(text: string) {
  const yaml = parseYaml('towpath.yaml', text);
  if ('problems' in yaml) throw new Error(yaml.problems.map(({ message }) => message).join('; '));
  return yaml;
}

/** Returns whether an editor and Towpath accept a file. */
function judgements(text: string): { editor: boolean; ours: boolean } {
  const yaml = parse(text);
  return { editor: isValid(yaml.value), ours: isRead(yaml) };
}

function isRead(yaml: ReturnType<typeof parse>): boolean {
  try {
    readTowpathYaml(yaml);
    return true;
  } catch {
    return false;
  }
}

/** Every key in every form. */
const everything = `
# yaml-language-server: $schema=https://raw.githubusercontent.com/towpath/towpath/v1/schemas/towpath.schema.json
$schema: ../schemas/towpath.schema.json
registry: 111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll
images:
  plain: {}
  full:
    context: web
    dockerfile: web/Dockerfile
    target: runtime
    platforms: [linux/amd64]
    repository: payroll/web
    args: { A: text, B: 1, C: true }
    contexts: { lib: lib, node: "docker-image://node:22", base: target:plain }
    secrets: { a: { env: A }, b: { file: b } }
    ssh: [default]
    labels: { a: b }
    annotations: { a: b }
    cache: { type: gha, scope: web }
    pull: true
    no-cache: [deps]
    network: none
    add-hosts: { db: 10.0.0.1 }
    shm-size: 64m
    ulimits: { nofile: 1024:2048, core: 0, nproc: { soft: 1, hard: 2 } }
    compression: { type: zstd, level: 3 }
    proxy: { persist: true }
    lambda: true
  words: { cache: registry, compression: gzip, proxy: off, no-cache: true, shm-size: 1024 }
tags: ["build-{version}"]
environments:
  dev: { from: build }
  prod: { from: dev, registry: ssm:/registry, repository: "{repository}-{environment}", tags: ["{version}"], gate: { policy: gate.yaml, fail-on: high }, via: replication, role: "arn:aws:iam::444455556666:role/deploy" }
gate:
  policy: security/gate.yaml
  fail-on: none
  max: { critical: 0, high: 5 }
  only-fixable: true
  unknown-fix: unfixable
  cvss: 9.0
  epss: 0.5
  kev: true
  unknown-exploitability: allow
  grace: { high: 30 }
  grace-since: published
  base: { fail-on: critical, cvss: 10, grace: { low: 1 } }
  baseline: prod
  ignore:
    - { id: CVE-2026-1, package: zlib, path: usr/*, image: plain, severity: high, when-fixed: keep, reason: r, owner: o, expires: EXPIRES }
  stale-ignores: fail
  vex: [vex.json]
  attached-vex: true
  on-unsupported: report
repositories: { immutability: immutable, except: [latest], scan-on-push: true, encryption: KMS }
ledger: off
proxy: on
cache: gha
pull-through: { docker.io: 111122223333.dkr.ecr.us-east-1.amazonaws.com/docker-hub }
source-date-epoch: commit
attestations: index
provenance: max
sbom: { generator: acme/syft }
scan: [snyk, trivy]
reuse: { max-age: 7d }
lint: { build: fail, rule-set: 1, rules: { user-root: info, base-tag: { severity: off, reason: pinned elsewhere }, hadolint/DL3059: error } }
`.replace('EXPIRES', new Date(Date.now() + 86_400_000).toISOString().slice(0, 10));

describe('the JSON Schema', () => {
  test('accepts every key in every form', () => {
    expect(judgements(everything)).toEqual({ editor: true, ours: true });
  });

  test('is at the documented path that editors use, in every release', () => {
    const { $id } = schema as { $id: string };
    const page = readFileSync('docs/configuration.md', 'utf8');
    expect(page).toContain(`# yaml-language-server: $schema=${$id}\n`);
    expect($id).toMatch(/\/v1\/schemas\/towpath\.schema\.json$/);
  });

  test('contains exactly the keys in the file above', () => {
    const { properties } = schema as { properties: object };
    expect(Object.keys(parse(everything).value as object).sort()).toEqual(Object.keys(properties).sort());
  });

  test.each([
    'images: { web: { contxt: . } }',
    'images: { Web: {} }',
    'images: { web: { platforms: linux/amd64 } }',
    'images: { web: { cache: ghaa } }',
    'images: { web: { cache: { type: gha, path: x } } }',
    'images: { web: { ulimits: { nofiles: 1 } } }',
    'images: { web: {} }\ngate: { fail-on: severe }',
    'images: { web: {} }\ngate: { cvss: 11 }',
    'images: { web: {} }\ngate: { max: { worst: 1 } }',
    'images: { web: {} }\ngate: { ignore: [{ id: CVE-1 }] }',
    'images: { web: {} }\nenvironments: { dev: { from: build, gate: on } }',
    'images: { web: {} }\nenvironments: { dev: {} }',
    'images: { web: {} }\nledger: false',
    'images: { web: {} }\nlint: on',
    'images: { web: {} }\nlint: { rules: { user-root: off } }',
    'tags: [x]',
  ])('rejects what Towpath rejects: %s', (text) => {
    expect(judgements(text)).toEqual({ editor: false, ours: false });
  });
});

/** What `docs/errors.md` says about a code. Every field is Markdown: one or more sentences. */
interface Explanation {
  readonly meaning: string;
  /** The usual cause. */
  readonly cause: string;
  /** What the user does about it, as an imperative. */
  readonly remedy: string;
}

/**
 * The codes that a failed step can have, with their explanation. A workflow can branch on the code in the output
 * `failure-reason`. A code is never renamed within a major version.
 */
export const codes = {
  // Inputs and configuration
  'input-invalid': {
    meaning: 'An input is missing, unknown or invalid.',
    cause: 'A typo, or an expression that is empty because a step id or an output name is wrong.',
    remedy: 'Correct the input. The message names the input and the valid values.',
  },
  'config-missing': {
    meaning: 'The repository has neither a configuration nor a Dockerfile.',
    cause: 'The job has no `actions/checkout` step, or the input `config` names a file that does not exist.',
    remedy: 'Add `actions/checkout` before the step, or write a `towpath.yaml` that names the images.',
  },
  'config-invalid': {
    meaning: 'The configuration has an unknown key, a wrong type or an invalid reference.',
    cause: 'A typo in `towpath.yaml`, or two images with the same repository and tag.',
    remedy:
      'Correct the lines that the message names. [Configuration](configuration.md) lists all keys; the JSON Schema checks them in your editor.',
  },
  'runner-unsupported': {
    meaning: 'The runner is not a Linux runner on x64 or arm64.',
    cause: '`runs-on` names a Windows or macOS runner.',
    remedy: 'Set `runs-on` to a Linux runner, for example `ubuntu-latest` or `ubuntu-24.04-arm`.',
  },
  'dockerfile-missing': {
    meaning: 'The Dockerfile of an image does not exist.',
    cause: '`context` or `dockerfile` is not relative to the root of the repository.',
    remedy: 'Correct `context` or `dockerfile` of the image.',
  },
  'dockerfile-invalid': {
    meaning: 'The Dockerfile of an image cannot be parsed.',
    cause: 'A syntax error, or a variable that expands to more text than the limit allows.',
    remedy: 'Fix the line that the message names. `docker buildx build --check` reports the same errors.',
  },
  'context-missing': {
    meaning: 'The build context of an image does not exist.',
    cause: 'A wrong path, or a symbolic link that points outside of the repository.',
    remedy: 'Correct `context` of the image. Paths are relative to the root of the repository.',
  },
  'secret-missing': {
    meaning: 'A secret or an SSH key that a build needs is missing.',
    cause:
      'The step does not set the variable, the file does not exist, or the run belongs to a fork, which has no secrets.',
    remedy:
      'Pass the value in the input `secrets` of `build`, or in the secret `build-secrets` of the reusable workflows. Write the file in an earlier step.',
  },
  'tag-invalid': {
    meaning: 'A tag cannot be rendered: its template is invalid, or a value in it is missing.',
    cause:
      'A misspelled fact, or a fact that does not exist in this run, for example `{pr}` in a run that is not for a pull request.',
    remedy: 'Correct the template. [Versions and tags](tags.md#the-facts-of-a-template) lists all facts.',
  },
  'version-unknown': {
    meaning: 'The version cannot be determined.',
    cause:
      'The commit has no git tag, the clone is shallow, `package.json` has no version, or the commit has tags of several packages.',
    remedy: 'Set the input `version`, or check out with `fetch-depth: 0`.',
  },
  'registry-unknown': {
    meaning: 'No registry is configured, and none can be derived.',
    cause: 'A value that is not a registry, often in the SSM parameter.',
    remedy:
      'Set `registry` in `towpath.yaml`, for example `111122223333.dkr.ecr.us-east-1.amazonaws.com/payroll`.',
  },
  'promotion-skips': {
    meaning: 'The promotion would skip an environment.',
    cause: 'The source environment is not in `from` of the target environment.',
    remedy: 'Promote to the environment before it first, or change `from` in the configuration.',
  },

  'older-version': {
    meaning: 'The environment runs a newer version than the one to promote.',
    cause: 'Two promotions ran at the same time, or an old workflow run was started again.',
    remedy:
      'Promote the newest version. To return to an earlier set, use `rollback: true`. To promote the older version anyway, set `allow-older: true`.',
  },
  'soak-pending': {
    meaning: 'The version has not been in the source environment for long enough.',
    cause:
      'The environment has a `soak` time, and the version has been in its source environment for less than that.',
    remedy: 'Promote the version after the time in the message, or promote it with `break-glass`.',
  },
  'rollback-impossible': {
    meaning: 'The environment cannot be rolled back, because the ledger lists no such set for it.',
    cause: 'The environment has no earlier set, the version was never promoted to it, or there is no ledger.',
    remedy:
      'Give a version that the environment had before, or promote the earlier version with `allow-older: true`.',
  },
  'plan-outdated': {
    meaning: 'The configuration, a registry or an environment changed after the plan was made.',
    cause:
      'Another run promoted, rolled back, published or provisioned in the meantime, a scan has new findings, or the plan was already applied.',
    remedy: 'Make a new plan, and have it approved again.',
  },

  // Dockerfiles
  'lint-failed': {
    meaning: 'A Dockerfile breaks a rule that is an error.',
    cause: 'For example a secret, a proxy or a stage that does not exist. The message names the rule.',
    remedy:
      'Fix the line, or write `# towpath ignore=RULE` and the reason above it. [Rules for Dockerfiles](lint.md) explains each rule.',
  },

  // Building
  'program-missing': {
    meaning: 'A required program is not installed or cannot be started.',
    cause: 'A self-hosted runner without git, Docker or buildx.',
    remedy: 'Install the program in an earlier step, or use a runner that has it.',
  },
  'builder-missing': {
    meaning: 'No builder can write an OCI image layout.',
    cause: 'The runner has no buildx, the builder does not respond, or its image cannot be pulled.',
    remedy:
      'Add `docker/setup-buildx-action` before the step, or set the input `builder`. Without access to Docker Hub, set `driver-opts: image=…` to a mirror.',
  },
  'docker-missing': {
    meaning: 'The input `load: true` needs a Docker daemon, and none responded.',
    cause: 'The runner has no Docker, or `DOCKER_HOST` is wrong.',
    remedy: 'Use a runner with Docker, check `DOCKER_HOST` and `DOCKER_CONTEXT`, or remove `load`.',
  },
  'load-failed': {
    meaning: 'Docker could not load an image.',
    cause: 'The disk of the Docker daemon is full, or another job loads an image of the same name.',
    remedy: 'Fix Docker, or set `load: false`. The image set is complete and can be published.',
  },
  'proxy-exposed': {
    meaning: 'An image would contain the address of the proxy, perhaps with its password.',
    cause: 'A Dockerfile or a base image declares `HTTP_PROXY` or another proxy variable by `ARG` or `ENV`.',
    remedy: 'Delete the line. [BuildKit defines the variables for every `RUN`](proxy.md#what-remains).',
  },
  'platform-unsupported': {
    meaning: 'A Dockerfile runs steps for a platform that the builder cannot run.',
    cause: 'The builder has no node and no emulator for the platform.',
    remedy:
      'Add `docker/setup-qemu-action` before the step (reusable workflows: the input `emulate`), or add a node of that platform to `builder`.',
  },
  'build-failed': {
    meaning: 'BuildKit could not build an image.',
    cause:
      'A `RUN` step failed, a file is missing or excluded by an ignore file, or a base image could not be pulled.',
    remedy:
      'Read the log of the image. The message names the line of the Dockerfile, and the line of the ignore file.',
  },
  'disk-full': {
    meaning: 'The disk of the builder or of the runner is full: an image or the image set was not written.',
    cause: 'Large images or a large build cache.',
    remedy:
      'Free space on the disk that the message names, for example with `docker buildx prune`, or use a larger runner.',
  },
  'image-set-missing': {
    meaning: 'The image set folder does not exist or contains no image set.',
    cause: '`build` ran in another job, or wrote to another folder.',
    remedy: 'Run `build` first in the same job, or download its artifact and set the input `image-set`.',
  },
  'image-set-in-use': {
    meaning: 'Two builds write the same image set at the same time.',
    cause: 'Two `build` steps of a job run in parallel without the input `image-set`.',
    remedy: 'Set the input `image-set` of each step to a folder of its own.',
  },
  'image-set-invalid': {
    meaning: 'The image set is incomplete, was changed, or has an unknown format version.',
    cause:
      'A partial download, an image set of another commit, or actions of different releases in one workflow.',
    remedy: 'Run `build` again. Use the same release of all actions, and the same commit in all jobs.',
  },

  // Amazon ECR and other services
  'credentials-missing': {
    meaning: 'No AWS credentials were found, or they have expired.',
    cause:
      'The job has no `configure-aws-credentials` step, no `id-token: write`, or ran longer than the session.',
    remedy:
      'Add `aws-actions/configure-aws-credentials` before the step. For long jobs, set its input `role-duration-seconds`. In the reusable workflows, a build has credentials only with `build-role`.',
  },
  'access-denied': {
    meaning: 'AWS denied a call: a permission is missing.',
    cause: 'The policy of the role or of the repository does not allow the call.',
    remedy:
      'Grant the permission that the message names. [Permissions](permissions.md) has a policy for each job.',
  },
  'repository-missing': {
    meaning: 'The ECR repository does not exist.',
    cause: 'The repository was not created in this account and region.',
    remedy:
      'Create the repository, or set `create-repository: true` on `publish`. Check the account and the region in the message.',
  },
  'image-missing': {
    meaning: 'An image was not found in its repository.',
    cause: 'The version was not published or not promoted, or a lifecycle policy removed the image.',
    remedy: 'Publish or promote the version first. Check the spelling of the version.',
  },
  'image-unsupported': {
    meaning:
      'An image exceeds a limit on size or nesting, has layers that registries do not store, or has a manifest that cannot be read.',
    cause:
      'A Windows base image with foreign layers, an index that is nested too deeply, or an image that another program pushed.',
    remedy:
      'Rebuild the image without such layers. Windows images are not supported. Delete the image that the message names if another program pushed it.',
  },
  'lambda-unsupported': {
    meaning: 'AWS Lambda cannot run an image that has `lambda: true`.',
    cause:
      'Several platforms, an index, layers of zstd, or a public, FIPS or dual-stack host of the registry.',
    remedy:
      'Build the image for one platform with `compression: gzip`, and use the private registry in the region of the functions.',
  },
  'replication-failed': {
    meaning: 'Amazon ECR did not replicate an image to the registry of the environment.',
    cause:
      'No replication rule covers the repository, the image was pushed before the rule existed, or the policy of the target registry does not allow the replication.',
    remedy: 'Fix the rule or the policy and publish the image again, or set `via: copy` for the environment.',
  },
  'tag-conflict': {
    meaning: 'A tag that must not change already points to another image.',
    cause: 'The version was already published from other sources.',
    remedy:
      'Publish under another version. To replace the image of a version in a mutable repository, set `move-version-tags: true`.',
  },
  'version-taken': {
    meaning: 'The version was already published with different images.',
    cause: 'Two runs published the same version from different sources. The message names both runs.',
    remedy: 'Publish under another version. A published version never changes.',
  },
  'release-missing': {
    meaning: 'The ledger has no release of the version: it was not published completely.',
    cause: 'The version was not published, or `publish` did not finish.',
    remedy: 'Run `publish` for this version again. It continues where it stopped.',
  },
  'release-invalid': {
    meaning: 'A release in the ledger is invalid, or contradicts the tags or an entry of an environment.',
    cause: 'A tag was moved by hand, or something other than Towpath wrote to the ledger.',
    remedy:
      'Promote the version into the preceding environment again, or publish another version. Allow only the publishing role to write to the ledger.',
  },
  'entry-invalid': {
    meaning:
      'An entry of an environment in the ledger is invalid, or an entry is missing before a later one.',
    cause: 'Something other than Towpath wrote to the ledger, or a lifecycle policy deleted entries.',
    remedy:
      'Find out who wrote the entry. Allow only the promoting role to write to the ledger, and give the ledger no lifecycle policy.',
  },
  'ledger-mutable': {
    meaning: 'The ledger repository is not immutable.',
    cause: 'The repository was created as `MUTABLE`.',
    remedy: 'Run the `aws ecr put-image-tag-mutability` command from the message.',
  },
  'digest-mismatch': {
    meaning: 'Content does not match its digest.',
    cause: 'A changed image set, a failing disk, or a registry or proxy that changes content.',
    remedy: 'Run `build` again. If the content came from a registry, check the proxies on the way to it.',
  },
  'parameter-missing': {
    meaning: 'The SSM parameter does not exist.',
    cause: 'The parameter is in another account or region, or has another name.',
    remedy: 'Create the parameter, or set `registry` in `towpath.yaml`.',
  },
  'registry-unsupported': {
    meaning: 'The registry does not support the operation.',
    cause: 'ECR Public does not scan images and holds no layer cache. ECR stores no image without layers.',
    remedy:
      'Use a private registry for the gate and the layer cache. Copy at least one file into each image.',
  },
  'registry-unreachable': {
    meaning: 'The registry or the API cannot be reached.',
    cause: 'A wrong region or host name, a proxy, or a missing VPC endpoint.',
    remedy: 'Check the region, `HTTPS_PROXY`, `NO_PROXY` and `TOWPATH_REGISTRY_ENDPOINTS`.',
  },
  'quota-exceeded': {
    meaning: 'A quota of AWS is used up.',
    cause: 'An image has 1,000 tags or 100 attachments, or the registry has its maximum of repositories.',
    remedy:
      'Delete what nothing needs. Or request a higher quota for Amazon ECR in the Service Quotas console, if the quota can be raised.',
  },
  'outside-failed': {
    meaning: 'AWS, the network or a registry failed after retries.',
    cause: 'An outage, or throttling that lasts.',
    remedy: 'Run the step again. If it fails again, give AWS support the request id in the log.',
  },

  // Verdicts
  'gate-failed': {
    meaning: 'The image has findings that the policy does not allow.',
    cause: 'A finding is as severe as `fail-on` or more severe.',
    remedy: 'Fix the image, usually by updating a base image or a package, and publish a new version.',
  },
  'gate-unknown': {
    meaning: 'The image has no complete scan result to judge.',
    cause: 'The image was not scanned, the scan failed, or a configured platform is missing in the image.',
    remedy: 'Turn on scan on push for the repository, start a scan, or publish the missing platform.',
  },
  'gate-timeout': {
    meaning: 'The scan did not finish before the timeout.',
    cause: 'The repository does not scan on push, or the scan takes longer than the input `timeout`.',
    remedy: 'Check that the repository scans on push, or increase `timeout`.',
  },

  'report-invalid': {
    meaning: 'A file in the input `reports` is not a complete report of vulnerabilities in the image.',
    cause: 'The scanner failed, wrote another format, or scanned another image or a folder.',
    remedy:
      'Scan the image again, for example with `trivy image --format json --output trivy.json IMAGE`, and pass this file.',
  },
  'scanner-missing': {
    meaning: '`build` has to scan the images, and a scanner is missing.',
    cause: '`scan` names a scanner that is not on PATH, or `SNYK_TOKEN` is empty, for example in a fork.',
    remedy: 'Install the scanner in an earlier step, pass `SNYK_TOKEN`, or set `scan: auto`.',
  },
  'scan-failed': {
    meaning: 'A scanner could not scan an image that `build` has built.',
    cause:
      'A wrong token, a network without access to the scanner’s service, or an image that it does not support.',
    remedy: 'Fix the cause that the message names. To build without a scan, set `scan: off`.',
  },

  // Provisioning
  'repositories-differ': {
    meaning: 'A repository differs from the configuration, and `mode: check` only compares.',
    cause: 'A setting was changed by hand, or the configuration was changed and not applied.',
    remedy:
      'Run `provision` with `mode: apply`, or change the configuration. The message lists each difference.',
  },
  'expiry-refused': {
    meaning:
      'A lifecycle policy would expire images that are protected, or more images than `max-expire` allows.',
    cause:
      'Rules select an image that an environment runs, or a policy is new in a repository with many old images.',
    remedy:
      'Change `lifecycle` of the configuration. If the images may expire, set the input `max-expire`. Protected images never expire.',
  },
  'policy-refused': {
    meaning: 'ECR refused the policy of a repository.',
    cause: 'A reader does not exist, or a statement would lock out the caller.',
    remedy: 'Correct the readers of the configuration, or the statements that Towpath does not own.',
  },

  // Other endings
  cancelled: {
    meaning: 'The run was cancelled.',
    cause: 'A person or a newer run cancelled the run, or the job reached its time limit.',
    remedy: 'Run the job again. It continues where it stopped.',
  },
  'internal-error': {
    meaning: 'Towpath has a bug.',
    cause: 'A situation that the code does not handle.',
    remedy: 'Report the defect with the stack in the log.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;

/** A code that a failed step can have. */
export type Code = keyof typeof codes;

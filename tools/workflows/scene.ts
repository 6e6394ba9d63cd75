import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import { checkOut, setStage, type Checkout, type Stage } from '@towpath/stage';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runWorkflow, type WorkflowRun } from './act.ts';
import { startGithubServices, type ClaimsOf, type GithubServices } from './github-services.ts';
import { readRelease, type Released } from './released.ts';
import { standInRepositories } from './third-parties.ts';

// A run has several jobs, each of which starts programs and builds or copies real images.
jest.setTimeout(300_000);

/** The event that starts a workflow, and the environment of the run. */
export interface Start {
  readonly event: string;
  /** The payload of the event. */
  readonly payload?: object;
  /** False for a fork's pull request, whose jobs get no ID token. */
  readonly idToken?: boolean;
  /** The claims of the jobs' ID tokens, in addition to those of a push to main. */
  readonly claimsOf?: ClaimsOf;
  /** The number of the attempt. */
  readonly attempt?: number;
  /** The labels that have a runner. Default: `ubuntu-latest`. */
  readonly labels?: readonly string[];
  /** GitHub's REST API, and the token of the run for it. */
  readonly api?: { readonly url: string; readonly token: string };
  /** Variables of the runner. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Local replacements of GitHub repositories, in addition to the release and the stand-ins. */
  readonly repositories?: ReadonlyMap<string, string>;
}

/** A team's repository, the team's accounts, and the GitHub services. */
export interface Scene {
  readonly stage: Stage;
  readonly checkout: Checkout;
  /** The artifacts that its runs have uploaded. */
  readonly artifacts: GithubServices['artifacts'];
  /** Copies the folder that replaces a reference to our repository on GitHub, so that a test can change it. */
  readonly copyOf: (reference: string) => Promise<string>;
  /** Runs a workflow of the team's repository. */
  readonly run: (workflow: string, start: Start) => Promise<WorkflowRun>;
}

const name = 'acme/payroll';
let folder: string;
let released: Released;
const endings: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'towpath-workflows-'));
  released = await readRelease();
});

afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Returns the release that the scenes use. */
export function release(): Released {
  return released;
}

/**
 * Creates a scene with the exemplar's repository, which is removed when the test ends.
 *
 * @param options `images`: those that have repositories in the accounts; default: those of the exemplar. `repositories`:
 *   `none` if `provision` creates them
 */
export async function begin({
  images,
  repositories,
}: { images?: readonly string[]; repositories?: 'all' | 'none' } = {}): Promise<Scene> {
  const place = await mkdtemp(join(folder, 'scene-'));
  const stage = await setStage({ images, repositories });
  let ownClaims: ClaimsOf = () => ({});
  const services = await startGithubServices((job) => ({
    sub: `repo:${name}:ref:refs/heads/main`,
    ...ownClaims(job),
  }));
  endings.push(async () => {
    await services.close();
    await stage.close();
  });
  // The repository's name on GitHub comes from its remote URL.
  const checkout = await checkOut('exemplar', join(place, 'payroll'), `https://github.com/${name}.git`);
  return {
    stage,
    checkout,
    get artifacts() {
      return services.artifacts;
    },
    copyOf: async (reference) => {
      const copy = await mkdtemp(join(place, 'release-'));
      await cp(released.repositories[reference] ?? '', copy, { recursive: true });
      return copy;
    },
    run: async (
      workflow,
      {
        event,
        payload = {},
        idToken = true,
        claimsOf = () => ({}),
        attempt = 1,
        labels = ['ubuntu-latest'],
        env,
        api,
        repositories = new Map(),
      },
    ) => {
      ownClaims = claimsOf;
      const temp = await mkdtemp(join(folder, 'run-'));
      const eventFile = join(temp, 'event.json');
      await writeFile(eventFile, JSON.stringify(payload));
      return runWorkflow({
        folder: checkout.folder,
        workflow: `.github/workflows/${workflow}`,
        event,
        eventFile,
        attempt,
        labels,
        ...(api !== undefined && { api }),
        repositories: new Map([
          ...Object.entries(released.repositories),
          ...(await standInRepositories(released.standIns, checkout.folder)),
          ...repositories,
        ]),
        // Pass no local credentials: the jobs must get their own.
        env: {
          ...process.env,
          ...stage.addresses,
          ...services.runtime,
          ...(idToken && services.idTokens),
          ...env,
        },
        temp,
      });
    },
  };
}

/** @throws Error with the log if a job failed */
export function green(run: WorkflowRun): WorkflowRun {
  if (run.exitCode !== 0) throw new Error(`the workflow failed:\n${run.log}`);
  return run;
}

import { expect, test } from '@jest/globals';
import { provisioning, scenario, writesOf, type Scenario } from '../harness/team.ts';

const settings = (text: string) => `repositories: { registry: { ${text} } }`;

/** Creates the repositories, and sets the registry as another team has it. */
async function registry(): Promise<Scenario> {
  const scene = await scenario();
  await scene.shared.createRepository('other/app');
  await provisioning(scene, settings("scanning: { on-push: ['other/*'] }"));
  return scene;
}

test('scanning filters are added to those of others, and the plan shows which repositories they match', async () => {
  const scene = await registry();
  const wanted = settings(
    "scanning: { type: enhanced, on-push: ['payroll/*'], continuous: ['payroll/web'] }",
  );
  const planned = await provisioning(scene, wanted, { given: { mode: 'plan' } });
  expect(writesOf(planned)).toEqual([]);
  const summary = planned.summaries.join();
  expect(summary).toMatch(
    /scanning \| BASIC \| ENHANCED; on push\\: payroll\/\\\*; continuous\\: payroll\/web/,
  );
  expect(summary).toContain('The filters match other/app, payroll/towpath, payroll/web');
  const checked = await provisioning(scene, wanted, { given: { mode: 'check' } });
  expect(checked.codes).toEqual(['repositories-differ']);
  const applied = await provisioning(scene, wanted);
  expect(writesOf(applied)).toEqual(['ecr:PutRegistryScanningConfiguration']);
  expect(writesOf(await provisioning(scene, wanted))).toEqual([]);
  // The filter of the other team stays.
  expect(writesOf(await provisioning(scene, settings("scanning: { on-push: ['other/*'] }")))).toEqual([]);
});

test('a filter without * matches every name that contains it', async () => {
  const scene = await registry();
  const planned = await provisioning(scene, settings('scanning: { on-push: [ther] }'), {
    given: { mode: 'plan' },
  });
  expect(planned.summaries.join()).toContain('The filters match other/app');
});

test('more filters than ECR allows, with those of others, are refused before anything is written', async () => {
  const scene = await registry();
  const filters = Array.from({ length: 100 }, (_, index) => `team-${index}/*`).join("', '");
  const ending = await provisioning(scene, settings(`scanning: { on-push: ['${filters}'] }`));
  expect(ending.codes).toEqual(['config-invalid']);
  expect(ending.annotations.map(({ message }) => message).join()).toContain('more than 100 scanning filters');
  expect(writesOf(ending)).toEqual([]);
});

test('the plan says which repositories enhanced scanning leaves out', async () => {
  const scene = await registry();
  const wanted = settings('scanning: { type: enhanced, continuous: [web] }');
  const planned = await provisioning(scene, wanted, { given: { mode: 'plan' } });
  expect(planned.summaries.join()).toContain('With enhanced scanning, payroll/towpath will not be scanned');
});

test('continuous scans need enhanced scanning', async () => {
  const scene = await registry();
  const ending = await provisioning(scene, settings('scanning: { continuous: [web] }'));
  expect(ending.codes).toEqual(['config-invalid']);
  expect(writesOf(ending)).toEqual([]);
  const written = await provisioning(scene, settings('scanning: { type: basic, continuous: [web] }'));
  expect(written.codes).toEqual(['config-invalid']);
});

test('blob mounting is switched on once', async () => {
  const scene = await registry();
  const wanted = settings('blob-mounting: true');
  expect(writesOf(await provisioning(scene, wanted))).toEqual(['ecr:PutAccountSetting']);
  expect(writesOf(await provisioning(scene, wanted))).toEqual([]);
});

test('settings of a registry need a role of its account', async () => {
  const scene = await registry();
  const config = `registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com/payroll\nimages: { web: {} }\nledger: off\n`;
  await scene.prod.createRepository('payroll/web');
  const allowed = { Sid: 'A', Effect: 'Allow', Principal: '*', Action: 'ecr:*' };
  await scene.prod.setPolicy('payroll/web', { Version: '2012-10-17', Statement: [allowed] });
  const ending = await provisioning(scene, settings('blob-mounting: true'), { config });
  expect(ending.codes).toEqual(['access-denied']);
  expect(writesOf(ending)).toEqual([]);
});

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { open } from './open.ts';
import { hostileBoard, sampleBoard, withNeverPromoted } from './sample.ts';

/** The part of a result of axe that the tests read. */
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** Returns the violations of the rules of WCAG 2.2 and of good practice that axe can check. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate<readonly Violation[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  );
  return found.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
}

const shownRows = (page: Page) => page.locator('table.matrix tbody tr:visible').count();
const firstImages = (page: Page) =>
  page.locator('table.matrix').first().locator('tbody th').allTextContents();
const settle = (names: readonly string[]) => names.map((name) => name.trim()).slice(0, 3);

describe.each([3, 300])('the page of a board with %i services', (services) => {
  test('sends no request, and its content security policy allows its script and style', async () => {
    const { page, requests, messages } = await open(sampleBoard(services));
    await page.getByRole('searchbox').fill('service-1');
    expect(messages).toEqual([]);
    expect(requests.filter((address) => !address.startsWith('data:'))).toEqual([page.url()]);
    expect(page.url()).toMatch(/^file:/);
  });

  test('shows the version before the digest, and the recorded verdict beside the current one', async () => {
    const { page } = await open(sampleBoard(services));
    const cell = await page
      .getByRole('row', { name: /^service-0\b/ })
      .first()
      .getByRole('cell')
      .first()
      .innerText();
    expect(cell.replace(/\s+/g, ' ')).toMatch(
      /^1\.12\.0 gate pass now fail sha256:[0-9a-f]{12} .*maria.*observed as recorded/,
    );
  });

  test('filters with the keyboard alone', async () => {
    const { page } = await open(sampleBoard(services));
    await page.keyboard.press('/');
    await page.keyboard.type('service-1 1.8.0');
    expect(await shownRows(page)).toBe(
      services === 3
        ? 1
        : await page.locator('table.matrix tr[data-search*="service-1"][data-search*="1.8.0"]').count(),
    );
    expect(await page.getByRole('status').textContent()).toMatch(new RegExp(`^\\d+ of ${services} images$`));
    await page.keyboard.press('Escape');
    expect(await shownRows(page)).toBe(services);
  });

  test('shows only the images with drift, and those that were not completely observed', async () => {
    const { page } = await open(sampleBoard(services));
    for (const [label, third, counts] of [
      ['with drift', 1, { 3: 1, 300: 66 }],
      ['not completely observed', 2, { 3: 1, 300: 99 }],
    ] as const) {
      await page.getByRole('combobox').selectOption({ label });
      const names = settle(await page.locator('table.matrix tbody tr:visible th').allTextContents());
      expect(names[0]).toBe(`service-${third}`);
      expect(await shownRows(page)).toBe(counts[services as 3 | 300]);
    }
  });

  test('sorts by a column in both directions, in natural order', async () => {
    const { page } = await open(sampleBoard(services));
    const image = page.getByRole('columnheader', { name: /^Image/ }).first();
    await image.getByRole('button').press('Enter');
    expect(await image.getAttribute('aria-sort')).toBe('descending');
    const last = Math.min(services, 100) - 1;
    expect(settle(await firstImages(page))).toEqual(
      [last, last - 1, last - 2].map((number) => `service-${number}`),
    );
    const dev = page.getByRole('columnheader', { name: /^dev/ }).first();
    await dev.getByRole('button').press('Space');
    expect([await image.getAttribute('aria-sort'), await dev.getAttribute('aria-sort')]).toEqual([
      'none',
      'ascending',
    ]);
    const version = await page
      .locator('table.matrix')
      .first()
      .locator('tbody tr')
      .first()
      .locator('td')
      .first()
      .getAttribute('data-value');
    expect(version).toBe('1.10.0');
  });

  test('has no horizontal scroll bar of the whole page on a phone', async () => {
    const { page } = await open(sampleBoard(services), { viewport: { width: 390, height: 844 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  });

  test('prints every image and the history in black on white, without the controls', async () => {
    const { page } = await open(sampleBoard(services), { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    expect(await shownRows(page)).toBe(services);
    expect(await page.getByRole('searchbox').isVisible()).toBe(false);
    expect(await page.getByText('checkout failed for 2 % of customers').first().isVisible()).toBe(true);
    const style =
      '(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))';
    expect(await page.evaluate(style)).toEqual(['rgb(0, 0, 0)', 'rgb(255, 255, 255)']);
    const sizes = `['.matrix strong', '.matrix .fine', '.matrix .badge'].map((selector) =>
      parseFloat(getComputedStyle(document.querySelector(selector)).fontSize))`;
    const [version = 0, fine = 0, badge = 0] = await page.evaluate<readonly number[]>(sizes);
    expect([fine < version, badge < version]).toEqual([true, true]);
  });
});

test.each(['light', 'dark'] as const)(
  'the page has no violation that axe finds with the %s scheme',
  async (colorScheme) => {
    const [group, other] = [sampleBoard(3), sampleBoard(101).groups[1]];
    if (other === undefined) throw new Error('the sample has two groups');
    const problems = [{ code: 'access-denied', message: 'AWS denied ecr:BatchGetImage.' }];
    const ledgers = [{ ledger: 'other/towpath', state: 'denied' as const, problems }];
    const groups = [...group.groups, other].map(withNeverPromoted);
    const { page } = await open({ ...group, ledgers, groups }, { colorScheme });
    await page.evaluate('for (const details of document.querySelectorAll("details")) details.open = true');
    expect(await violations(page)).toEqual([]);
  },
);

test('the page can be printed', async () => {
  const { page } = await open(sampleBoard(3));
  expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
});

describe('hostile texts from a registry', () => {
  test('are shown as text, and neither executed nor linked', async () => {
    const { page, messages, requests } = await open(hostileBoard());
    await page.getByRole('searchbox').fill('onerror');
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(messages).toEqual([]);
    expect(requests.filter((address) => !address.startsWith('data:'))).toEqual([page.url()]);
    expect(await page.locator('img, svg, b, script:not([type])').count()).toBe(1);
    const links = await page.evaluate('[...document.querySelectorAll("a")].map(({ href }) => href)');
    expect(links).toEqual([]);
    expect(await page.locator('table.matrix tbody th').first().textContent()).toContain(
      '<img src=x onerror=',
    );
  });

  test('are in the embedded data as they are', async () => {
    const board = hostileBoard();
    const { page } = await open(board);
    expect(JSON.parse((await page.locator('#data').textContent()) ?? '')).toEqual(board);
  });

  test('are not executed even if they were inserted as HTML', async () => {
    const { page, messages } = await open(sampleBoard(3));
    await page.evaluate(
      `document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.hit=1">')`,
    );
    await page.waitForTimeout(100);
    expect(await page.evaluate('window.hit')).toBeUndefined();
    expect(messages.join('\n')).toContain('Content Security Policy');
  });
});

test('the data can be saved as a file', async () => {
  const board = sampleBoard(3);
  const { page } = await open(board);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save data as JSON' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('board.json');
  expect(JSON.parse(readFileSync(await download.path(), 'utf8'))).toEqual(board);
});

test('a page without JavaScript shows everything, and no control that would have no effect', async () => {
  const { page } = await open(sampleBoard(3), { javaScriptEnabled: false });
  expect(await page.locator('table.matrix tbody tr:visible').count()).toBe(3);
  expect(await page.getByRole('searchbox').isVisible()).toBe(false);
});

test('an environment that could not be read is shown as unknown, not as empty', async () => {
  const { page } = await open(sampleBoard(200));
  const group = page.getByRole('region', { name: 'team-1' }).first();
  expect(await group.getByRole('columnheader', { name: /^prod/ }).textContent()).toContain(
    'not readable: access-denied',
  );
  const cells = await group
    .getByRole('row', { name: /^service-0\b/ })
    .getByRole('cell')
    .allTextContents();
  expect(cells[3]?.trim()).toBe('unknown');
});

test('an environment that was never promoted is shown with its last attempt', async () => {
  const board = sampleBoard(3);
  const { page } = await open({ ...board, groups: board.groups.map(withNeverPromoted) });
  const head = page.getByRole('columnheader', { name: /^recovery/ });
  expect((await head.innerText()).replaceAll(/\s+/g, ' ')).toMatch(
    /no entries last attempt refused promotion of 1\.13\.0 · .* · maria/,
  );
  await page.getByText('recovery: no entries, 1 attempt refused or failed').click();
  const history = page.getByRole('region', { name: 'History of team-0 recovery' });
  expect(await history.innerText()).toContain('service-0 has CVE-2026-1 (critical).');
});

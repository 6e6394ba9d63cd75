import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { openUrl } from './open.ts';

/** Where `npm run site` writes the site. */
const folder = new URL('../../docs/site/dist/', import.meta.url).pathname;

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

let server: Server;
let address = '';

beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    const path = new URL(url, 'http://site').pathname.replace('/towpath', '').replace(/\/$/, '/index.html');
    readFile(join(folder, path)).then(
      (body) =>
        response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/wasm' }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/towpath/`;
});

afterAll(() => {
  server.close();
});

describe.each([
  { device: 'a desktop', width: 1280 },
  { device: 'a phone', width: 390 },
])('the site on $device', ({ width }) => {
  const viewport = { width, height: 900 };

  test.each(['', 'concepts/', 'configuration/', 'actions/build/', 'lint/', 'permissions/'])(
    'shows the page %p without scrolling sideways, and sends no request elsewhere',
    async (page) => {
      const opened = await openUrl(address + page, { viewport });
      await opened.page.waitForLoadState('networkidle');
      expect(await opened.page.locator('h1').count()).toBe(1);
      const overflow = 'document.documentElement.scrollWidth - innerWidth';
      expect(await opened.page.evaluate(overflow)).toBeLessThanOrEqual(0);
      expect(opened.messages).toEqual([]);
      expect(opened.requests.filter((one) => !one.startsWith(address) && !one.startsWith('data:'))).toEqual(
        [],
      );
    },
  );

  test('finds a page by its words, without a server', async () => {
    const { page } = await openUrl(address, { viewport });
    await page.locator('button[data-open-modal]').click();
    await page.getByRole('textbox').fill('soak');
    await page.locator('.pagefind-ui__result-link').filter({ hasText: 'Promotion' }).first().click();
    await page.waitForURL('**/promotion/**');
  });
});

test('draws the diagrams', async () => {
  const { page } = await openUrl(address, {});
  await page.locator('pre.mermaid svg').waitFor();
  expect(await page.locator('pre.mermaid svg').textContent()).toContain('scan-gate');
});

import { createServer, type Server } from 'node:http';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { unpackBundledChromium } from './bundled-chromium';
import { launchChromium } from './chromium';

const PAGE = `<!doctype html><meta charset="utf-8"><title>A page</title>
<button onclick="document.querySelector('output').textContent = 'approved'">Approve</button>
<output></output><p id="one">e</p><p id="other">g</p>`;

describe('launchChromium', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(PAGE));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await launchChromium();
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`);
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await new Promise((resolve) => server.close(resolve));
  });

  it('opens a page from this machine and runs what a click sets off', async () => {
    await page.getByRole('button', { name: 'Approve' }).click();
    expect(await page.locator('output').textContent()).toBe('approved');
  });

  it('takes screenshots in which letters can be told apart', async () => {
    const one = await page.locator('#one').screenshot();
    const other = await page.locator('#other').screenshot();
    // Without a font every letter would be the same empty box, or nothing.
    expect(one.equals(other)).toBe(false);
    expect(one.subarray(1, 4).toString()).toBe('PNG');
  });

  it('says which Chromium it tried when none starts', async () => {
    const named = process.env['CHROMIUM_PATH'];
    process.env['CHROMIUM_PATH'] = '/nowhere/chromium';
    try {
      await expect(launchChromium()).rejects.toThrow(/CHROMIUM_PATH[^]*\/nowhere\/chromium/);
    } finally {
      if (named === undefined) delete process.env['CHROMIUM_PATH'];
      else process.env['CHROMIUM_PATH'] = named;
    }
  });
});

describe('unpackBundledChromium', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chromium-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gives everybody the same whole browser when several unpack it at once', async () => {
    const target = join(folder, 'chromium');
    const [first, second] = await Promise.all([unpackBundledChromium(target), unpackBundledChromium(target)]);
    expect(second).toEqual(first);
    expect(await readdir(folder)).toEqual(['chromium']);
    expect((await stat(first.executablePath)).mode & 0o100).toBe(0o100);
    for (const path of Object.values(first.env)) expect(existsSync(path)).toBe(true);
  }, 60_000);
});

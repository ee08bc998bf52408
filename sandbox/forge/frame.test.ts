import type { Browser, Frame, Page } from 'playwright-core';
import { launchChromium } from '../../test/browser/chromium';
import { startFixture, type Fixture } from './fixture-app';

/** The bridge in a real browser, by Atlassian's unmodified package inside the frame. */

let fixture: Fixture;
let browser: Browser;
let page: Page;
let frame: Frame;
/** Waits for an expression inside the frame; Playwright's own way needs eval, which the policy forbids. */
async function until(expression: string): Promise<void> {
  while (!(await frame.evaluate(`Boolean(${expression})`))) await page.waitForTimeout(10);
}

beforeAll(async () => {
  fixture = await startFixture({ viewer: 'alice' });
  browser = await launchChromium();
  page = await browser.newPage({ colorScheme: 'dark' });
  await page.goto(`${fixture.forge.url}/admin`);
  const found = page.frames().find((each) => each.url().endsWith('/page/index.html'));
  if (found === undefined) throw new Error('The page has no frame with the app.');
  frame = found;
  await until('window.bridge');
});
afterAll(async () => {
  await browser.close();
  await fixture.stop();
});

it('calls the resolver as the viewer', async () => {
  expect(await frame.evaluate("bridge.invoke('request', { x: 1 })")).toMatchObject({
    payload: { x: 1 },
    context: { accountId: 'alice', moduleKey: 'settings' },
  });
  await expect(frame.evaluate("bridge.invoke('throw')")).rejects.toThrow('told to');
});

it('gives the context', async () => {
  expect(await frame.evaluate('bridge.view.getContext()')).toMatchObject({
    accountId: 'alice',
    moduleKey: 'settings',
    theme: { colorMode: 'dark' },
  });
});

it('themes the page as the viewer chose, and follows when that changes', async () => {
  await frame.evaluate('bridge.view.theme.enable()');
  const mode = () => frame.evaluate('document.documentElement.dataset.colorMode');
  expect(await mode()).toBe('dark');
  await page.selectOption('#theme', 'light');
  await until("document.documentElement.dataset.colorMode === 'light'");
  const surface = "getComputedStyle(document.documentElement).getPropertyValue('--ds-surface')";
  await until(`${surface} !== ''`);
  expect(await frame.evaluate(surface)).toMatch(/^\s*#fff/i);
});

it('shows flags, whose actions run inside the frame', async () => {
  await frame.evaluate(
    "window.flag = bridge.showFlag({ id: 'f', title: 'Saved', actions: [{ text: 'Undo', onClick: () => { window.undone = true; } }] })",
  );
  await page.getByText('Saved').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await until('window.undone');
  await frame.evaluate('flag.close()');
  await page.getByText('Saved').waitFor({ state: 'detached' });
});

it('refuses commands that are not modelled', async () => {
  await expect(frame.evaluate('bridge.view.createHistory()')).rejects.toThrow(
    'does not model the bridge command',
  );
});

it('keeps the page around it out of reach, and styles and scripts to files', async () => {
  await expect(frame.evaluate('window.parent.document')).rejects.toThrow();
  await frame.evaluate("document.body.setAttribute('style', 'color: red')");
  await frame.evaluate(
    "document.head.append(Object.assign(document.createElement('script'), { textContent: 'window.inline = 1' }))",
  );
  expect(await frame.evaluate('window.inline')).toBeUndefined();
  const reported = () => fixture.forge.cspViolations.map((violation) => violation.split(' ')[0]);
  for (let at = 0; at < 100 && reported().length < 2; at += 1) await page.waitForTimeout(20);
  expect(reported().sort()).toEqual(['script-src-elem', 'style-src-attr']);
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Frame, FrameLocator, Page } from 'playwright-core';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { buildStale } from '../../scripts/build-steps';
import { SandboxClock } from '../../sandbox/clock';
import { startForge, type ForgeSandbox } from '../../sandbox/forge';
import { startJira } from '../../sandbox/jira';
import { appFiles } from '../../sandbox/start';
import type { Answers } from './admin-answers';
import { launchChromium } from './chromium';

/** How a call ends that gets no answer: never, or by the bridge breaking off. */
export type Trouble = 'never' | 'breaks';

/** The admin page on the Forge platform and in a real browser. */
export interface AdminFixture {
  forge: ForgeSandbox;
  browser: Browser;
  stop(): Promise<void>;
}

const bridgeCall = z.object({
  command: z.string(),
  payload: z.object({ functionKey: z.string(), payload: z.unknown() }).optional(),
});
const WITHIN_MS = 10_000;

const manifest = z.looseObject({
  modules: z.object({ 'jira:adminPage': z.unknown(), function: z.array(z.looseObject({ key: z.string() })) }),
});

/** The app's manifest with its pages alone, and functions that do nothing: what is answered comes from the test. */
async function writePagesOnly(folder: string): Promise<{ manifestFile: string; bundleFile: string }> {
  const whole = manifest.parse(parse(await readFile(appFiles.manifestFile, 'utf8')));
  const { function: functions, 'jira:adminPage': pages } = whole.modules;
  const resolver = functions.filter(({ key }) => key === 'admin-resolver');
  const files = { manifestFile: join(folder, 'manifest.yml'), bundleFile: join(folder, 'index.cjs') };
  await writeFile(
    files.manifestFile,
    stringify({ ...whole, modules: { 'jira:adminPage': pages, function: resolver } }),
  );
  await writeFile(files.bundleFile, 'exports.adminResolver = () => undefined;\n');
  return files;
}

/** Starts what serves the page under the policy that the manifest asks for; no functions, no cluster and no relay. */
export async function startAdminFixture(): Promise<AdminFixture> {
  await buildStale();
  const folder = await mkdtemp(join(tmpdir(), 'admin-page-'));
  const clock = new SandboxClock();
  const jira = await startJira({ clock });
  const files = await writePagesOnly(folder);
  const [forge, browser] = await Promise.all([
    startForge({ ...appFiles, ...files, jira: jira.site, clock, viewer: jira.people['admin']!.accountId }),
    launchChromium(),
  ]);
  return {
    ...{ forge, browser },
    stop: async () => {
      await browser.close();
      await forge.stop();
      await jira.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An opened admin page. */
export interface OpenedAdmin {
  page: Page;
  app: FrameLocator;
  /** The app's own frame, for scripts. */
  frame: Frame;
}

/** Opens the admin page, at one of its pages or where it begins by itself. */
export async function openAdmin(
  context: BrowserContext,
  url: string,
  options: { at?: string; as?: string; module?: string } = {},
): Promise<OpenedAdmin> {
  context.setDefaultTimeout(WITHIN_MS);
  const page = await context.newPage();
  const address = new URL(options.module === undefined ? '/admin' : `/pages/${options.module}`, url);
  if (options.as !== undefined) address.searchParams.set('as', options.as);
  await page.goto(address.href);
  const frame = page.frames().find((each) => each !== page.mainFrame());
  if (frame === undefined) throw new Error('The page has no frame with the app.');
  const app = page.frameLocator('#app');
  if (options.at !== undefined) await frame.evaluate(`location.hash = ${JSON.stringify(options.at)}`);
  return { page, app, frame };
}

/** Lets the bridge answer calls of the admin functions in place of the app. What is not in the answers fails the test. */
export async function script(
  context: BrowserContext,
  answers: Answers,
  trouble?: Trouble,
): Promise<{ calls: { name: string; payload: unknown }[] }> {
  const calls: { name: string; payload: unknown }[] = [];
  await context.route('**/bridge', async (route) => {
    const { command, payload } = bridgeCall.parse(route.request().postDataJSON());
    if (command !== 'invoke' || payload === undefined) {
      await route.continue();
      return;
    }
    calls.push({ name: payload.functionKey, payload: payload.payload });
    if (trouble === 'never') return;
    if (trouble === 'breaks') {
      await route.fulfill({ status: 500, json: { error: 'The function failed.' } });
      return;
    }
    const answer = Object.entries(answers).find(([name]) => name === payload.functionKey)?.[1];
    const value: unknown =
      typeof answer === 'function' ? Reflect.apply(answer, undefined, [payload.payload]) : answer;
    await route.fulfill(
      value === undefined
        ? { status: 500, json: { error: `No answer for ${payload.functionKey}.` } }
        : { json: { value } },
    );
  });
  return { calls };
}

const axeResult = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullable(),
      nodes: z.array(z.object({ html: z.string(), failureSummary: z.string().optional() })),
    }),
  ),
});

/** Waits for what fades or slides in; what turns for ever, as a spinner does, is let be. */
const SETTLED = `Promise.allSettled(document.getAnimations()
  .filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity)
  .map((animation) => animation.finished))`;

/** Serious and critical findings of axe in the app's frame; evaluated by the browser's debugger, which no policy stops. */
export async function seriousFindings(frame: Frame): Promise<string[]> {
  await frame.evaluate(await readFile(require.resolve('axe-core/axe.min.js'), 'utf8'));
  await frame.evaluate(SETTLED);
  const { violations } = axeResult.parse(
    await frame.evaluate("axe.run(document, { resultTypes: ['violations'] })"),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${id}: ${html} ${failureSummary}`),
    );
}

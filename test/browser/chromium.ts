import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { devDependencies } from '../../package.json';
import { canRunBundledChromium, unpackBundledChromium, type UnpackedChromium } from './bundled-chromium';

const BUNDLED = join(__dirname, '..', '..', '.cache', `chromium-${devDependencies['@sparticuz/chromium']}`);

const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Without Chromium's sandbox, since it only opens our own pages and containers rarely allow one; nothing that phones home. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none',
];

interface Candidate {
  name: string;
  locate(): Promise<UnpackedChromium>;
}

const at = (executablePath: string): Candidate => ({
  name: executablePath,
  locate: () => Promise.resolve({ executablePath, env: {} }),
});

/** The Chromiums worth trying, best first. One named by CHROMIUM_PATH is the only one: who names it wants that and no other. */
function candidates(): Candidate[] {
  const named = process.env['CHROMIUM_PATH'];
  if (named !== undefined && named !== '') return [at(named)];
  const bundled = { name: '@sparticuz/chromium', locate: () => unpackBundledChromium(BUNDLED) };
  return [
    ...(canRunBundledChromium() ? [bundled] : []),
    ...INSTALLED.filter((path) => existsSync(path)).map(at),
  ];
}

/**
 * Starts a headless Chromium: the one that CHROMIUM_PATH names, else the one that the `@sparticuz/chromium` package brings
 * (unpacked on first use), else one installed on this machine. The caller closes it.
 * @throws Error with one line for each Chromium tried, when none starts.
 */
export async function launchChromium(): Promise<Browser> {
  const problems: string[] = [];
  for (const candidate of candidates()) {
    try {
      const { executablePath, env } = await candidate.locate();
      return await chromium.launch({ executablePath, args: FLAGS, env: { ...process.env, ...env } });
    } catch (cause) {
      problems.push(`${candidate.name}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  throw new Error(
    ['No Chromium could be started. Install one, or name one by CHROMIUM_PATH. Tried:', ...problems].join(
      '\n',
    ),
  );
}

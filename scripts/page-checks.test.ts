import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPage } from './page-checks';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'page-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<script type="module" src="./assets/main.js"></script>');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const asset = (text: string): Promise<void> => writeFile(join(folder, 'assets', 'main.js'), text);

it('gives the compressed size of all files', async () => {
  const before = await checkPage(folder);
  await asset('x'.repeat(100_000));
  const after = await checkPage(folder);
  expect(after).toBeGreaterThan(before);
  expect(after).toBeLessThan(1_000);
});

it('refuses a page that is too heavy', async () => {
  await asset(randomBytes(400_000).toString('hex'));
  await expect(checkPage(folder)).rejects.toThrow(/bytes compressed; 260000 are allowed/);
});

it.each(['https://cdn.example.org/x.js', 'wss://Events.example.org', 'http://a.example.org:8080/'])(
  'refuses a page that names %s',
  async (url) => {
    await asset(`fetch("${url}")`);
    await expect(checkPage(folder)).rejects.toThrow(/names foreign hosts: (?:cdn|events|a)\.example\.org/);
  },
);

it('lets names of XML vocabularies pass', async () => {
  await asset('document.createElementNS("http://www.w3.org/2000/svg", "svg")');
  await expect(checkPage(folder)).resolves.toBeGreaterThan(0);
});

import { createServer, type Server } from 'node:http';
import { askHealth } from './ask-health';

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that answers `/healthz` so. @returns its port. */
async function answering(status: number): Promise<number> {
  const started = createServer((request, response) => {
    response.writeHead(request.url === '/healthz' ? status : 404).end();
  });
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  const bound = started.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

test.each([
  [200, true],
  [503, false],
])('an answer of %d means %s, also where the relay listens at all addresses', async (status, isWell) => {
  const port = await answering(status);
  expect(await askHealth(`127.0.0.1:${port}`)).toBe(isWell);
  expect(await askHealth(`0.0.0.0:${port}`)).toBe(isWell);
});

test('nobody there means that it does not work', async () => {
  const port = await answering(200);
  await new Promise((resolve) => server?.close(resolve));
  expect(await askHealth(`127.0.0.1:${port}`)).toBe(false);
});

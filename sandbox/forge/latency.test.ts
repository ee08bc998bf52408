import { startFixture } from './fixture-app';

/** Milliseconds of the sandbox's clock that a function of the fixture takes. */
async function took(latency: 'zero' | 'realistic', times: number): Promise<number[]> {
  const fixture = await startFixture();
  fixture.forge.faults.latency = latency;
  const each: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const begun = performance.now();
    await fixture.run('push', 'jobs', { body: { n: time } });
    each.push(performance.now() - begun);
  }
  await fixture.stop();
  return each;
}

it('is none unless it is asked for', async () => {
  const [, warm = Infinity] = await took('zero', 2);
  expect(warm).toBeLessThan(40);
});

it('starts an instance at the first call and keeps it for the next, by the figures of the preset', async () => {
  const [cold = 0, warm = 0] = await took('realistic', 2);
  expect(cold).toBeGreaterThanOrEqual(640);
  expect(warm).toBeGreaterThanOrEqual(50);
  expect(warm).toBeLessThan(640);
});

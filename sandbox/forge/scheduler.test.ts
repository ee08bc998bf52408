import { startFixture, type Fixture } from './fixture-app';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.stop());

const ticks = () => fixture.forge.invocations.filter(({ cause }) => cause === 'schedule').length;

async function pass(millis: number): Promise<void> {
  fixture.clock.move(millis);
  // The agenda looks at a moved clock every 10 ms.
  await new Promise((resolve) => setTimeout(resolve, 25));
  await fixture.forge.idle();
}

describe('a scheduled trigger', () => {
  it('runs on demand', async () => {
    await fixture.forge.runScheduledTrigger('tick');
    expect(fixture.forge.logs.at(-1)).toMatchObject({
      level: 'warn',
      text: `tick tick ari:cloud:jira::site/${fixture.forge.cloudId}`,
      functionKey: 'tick',
    });
    await expect(fixture.forge.runScheduledTrigger('tock')).rejects.toThrow('no scheduled trigger tock');
  });

  it('runs by itself from five minutes after the start, as long as the scheduler does', async () => {
    await pass(3_600_000);
    expect(ticks()).toBe(0);
    fixture.forge.scheduler.start();
    await pass(299_000);
    expect(ticks()).toBe(0);
    await pass(40_000);
    expect(ticks()).toBe(1);
    await pass(335_000);
    expect(ticks()).toBe(2);
    fixture.forge.scheduler.stop();
    await pass(3_600_000);
    expect(ticks()).toBe(2);
    expect(fixture.forge.scheduler.running).toBe(false);
  });

  it('is skipped or doubled on demand', async () => {
    fixture.forge.scheduler.start();
    fixture.forge.faults.schedule.skip = 1;
    await pass(340_000);
    expect(ticks()).toBe(0);
    Object.assign(fixture.forge.faults.schedule, { skip: 0, duplicate: 1 });
    await pass(340_000);
    expect(ticks()).toBe(2);
  });
});

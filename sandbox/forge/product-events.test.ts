import { SandboxClock } from '../clock';
import { startFixture, type Fixture } from './fixture-app';

let fixture: Fixture;
beforeEach(async () => {
  fixture = await startFixture();
});
afterEach(() => fixture.stop());

const seen = (of = fixture) =>
  of.printed().flatMap(({ event }) => (event === undefined ? [] : [event as Record<string, unknown>]));
const issue = (behave: string) => ({ body: { issue: { id: '7', behave } } });
const due = () => fixture.forge.idle({ dueOnly: true });

describe('an event', () => {
  it('reaches the triggers that ask for it, with the common fields', async () => {
    fixture.jira.emit({ body: { issue: { id: '7' }, changelog: { items: [] } }, trace: 'another app' });
    fixture.jira.emit({ eventType: 'avi:jira:deleted:issue' });
    await fixture.forge.idle();
    expect(seen()).toEqual([
      {
        issue: { id: '7' },
        changelog: { items: [] },
        eventType: 'avi:jira:updated:issue',
        selfGenerated: false,
        timestamp: expect.stringMatching(/^\d{13}$/) as string,
        atlassianId: 'alice',
      },
    ]);
  });

  it("that the app caused is kept from triggers that ignore it, and shows others the app's trace", async () => {
    fixture.jira.emit({ isCausedByApp: true, trace: 'mine' });
    fixture.jira.emit({
      isCausedByApp: true,
      trace: 'mine',
      eventType: 'avi:jira:created:issue',
      actorAccountId: undefined,
    });
    await fixture.forge.idle();
    expect(seen()).toEqual([expect.objectContaining({ selfGenerated: true, webhookTraceValue: 'mine' })]);
    expect(seen()[0]).not.toHaveProperty('atlassianId');
  });

  it('over 200 kB never comes', async () => {
    fixture.jira.emit({ body: { issue: { id: '1', text: 'x'.repeat(200_000) } } });
    await fixture.forge.idle();
    expect(seen()).toEqual([]);
  });

  it('comes up to four times more when the function asks for it', async () => {
    fixture.jira.emit(issue('retry'));
    await due();
    for (let at = 0; at < 6; at += 1) {
      fixture.clock.move(30_000);
      await due();
    }
    await fixture.forge.idle();
    expect(
      seen().map(({ retryContext }) => (retryContext as { retryCount: number } | undefined)?.retryCount),
    ).toEqual([undefined, 1, 2, 3, 4]);
  });

  it('is not tried again after a throw, but is after a timeout', async () => {
    const fast = await startFixture({}, new SandboxClock(2_000));
    fast.jira.emit(issue('throw'));
    await fast.forge.idle();
    expect(seen(fast)).toHaveLength(1);
    fast.jira.emit(issue('hang'));
    await fast.forge.idle();
    expect(seen(fast)).toHaveLength(6);
    expect(seen(fast)[2]?.retryContext).toMatchObject({ retryReason: 'FUNCTION_TIME_OUT' });
    await fast.stop();
  });
});

describe('delivery', () => {
  it('is as late as it is told to be', async () => {
    fixture.forge.faults.events.delayMs = [60_000, 180_000];
    fixture.jira.emit({});
    fixture.clock.move(59_000);
    await due();
    expect(seen()).toEqual([]);
    fixture.clock.move(121_000);
    await fixture.forge.idle();
    expect(seen()).toHaveLength(1);
  });

  it('drops, doubles and reorders on demand', async () => {
    const { events } = fixture.forge.faults;
    events.drop = 1;
    fixture.jira.emit({});
    events.drop = 0;
    events.duplicate = 1;
    fixture.jira.emit({});
    await fixture.forge.idle();
    expect(seen()).toHaveLength(2);
    events.duplicate = 0;
    events.shuffleMs = 50;
    for (let at = 0; at < 20; at += 1) fixture.jira.emit({ body: { issue: { id: String(at + 100) } } });
    await fixture.forge.idle();
    const ids = seen()
      .slice(2)
      .map((event) => (event.issue as { id: string }).id);
    expect(ids).toHaveLength(20);
    expect(ids).not.toEqual([...ids].sort());
  });

  it('ends with the installation', async () => {
    await fixture.forge.uninstall();
    fixture.jira.emit({});
    await fixture.forge.idle();
    expect(seen()).toEqual([]);
  });
});

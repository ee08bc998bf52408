import { sampleSnapshot } from '../../test/support/sample-messages';
import { sampleIssueLink } from '../../test/support/fakes/samples';
import {
  CLAIM_LEASE_MS,
  hasIssue,
  link,
  listedUntil,
  nextCreationStep,
  RETENTION_MS,
  type CreatingLink,
} from './link';

const now = Date.parse('2026-11-24T14:00:00Z');
const creating: CreatingLink = {
  phase: 'creating',
  cluster: 'teleport.example.com',
  requestId: 'r-1',
  attempt: 1,
  attemptId: '00000000-0000-4000-8000-000000000001',
  earlierAttemptIds: [],
  leaseUntil: now + CLAIM_LEASE_MS,
  searches: 0,
  snapshot: sampleSnapshot(),
};

describe('nextCreationStep', () => {
  it('leaves a claim alone while whoever made it may be at work', () => {
    expect(nextCreationStep(creating, now)).toEqual({ step: 'wait', seconds: 60 });
    expect(nextCreationStep(creating, now + 59_500)).toEqual({ step: 'wait', seconds: 1 });
    expect(nextCreationStep(creating, now + 60_000)).toEqual({ step: 'search', thenWaitSeconds: 10 });
  });

  it('searches after 2, 10, 60 and 300 seconds and only then creates again', () => {
    const waits: number[] = [];
    let time = now + 2000;
    let current: CreatingLink = { ...creating, nextSearchAt: time };
    for (;;) {
      expect(nextCreationStep(current, time - 1)).toMatchObject({ step: 'wait' });
      const step = nextCreationStep(current, time);
      if (step.step !== 'search') {
        expect(step).toEqual({ step: 'search_then_create' });
        break;
      }
      waits.push(step.thenWaitSeconds);
      time += step.thenWaitSeconds * 1000;
      current = { ...current, searches: current.searches + 1, nextSearchAt: time };
    }
    expect(waits).toEqual([10, 60, 300]);
  });
});

describe('listedUntil', () => {
  it('expects a pending request to be listed past its end, a decided one until the access has ended', () => {
    expect(listedUntil(sampleSnapshot(), now)).toBe(Date.parse('2026-11-24T15:00:00Z') + RETENTION_MS);
    const approved = sampleSnapshot({ state: 'APPROVED', accessExpiresAt: '2026-11-24T18:00:00Z' });
    expect(listedUntil(approved, now)).toBe(Date.parse('2026-11-25T18:00:00Z'));
    const past = sampleSnapshot({ state: 'DENIED', accessExpiresAt: '2026-11-20T18:00:00Z' });
    expect(listedUntil(past, now)).toBe(now + 24 * 3_600_000);
  });

  it('expects nothing of a request that is gone', () => {
    expect(listedUntil(sampleSnapshot({ deletedAt: '2026-11-24T13:00:00Z' }), now)).toBe(now);
  });
});

describe('the link record', () => {
  it('has an issue only when linked or detached, and reads back as it was stored', () => {
    expect(hasIssue(creating)).toBe(false);
    expect(hasIssue(sampleIssueLink({ phase: 'detached' }))).toBe(true);
    expect(link.parse(JSON.parse(JSON.stringify(creating)))).toEqual(creating);
  });

  it('is refused without the fields of its phase', () => {
    expect(link.safeParse({ ...creating, phase: 'linked' }).success).toBe(false);
    expect(link.safeParse({ ...creating, snapshot: undefined }).success).toBe(false);
  });
});

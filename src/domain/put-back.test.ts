import fc from 'fast-check';
import { planPutBack, rememberPutBack, type PutBack } from './put-back';

const MINUTE = 60_000;
const now = Date.parse('2026-11-24T14:00:00Z');
const entry = (changes: Partial<PutBack> = {}): PutBack => ({
  at: now,
  actor: 'bob',
  code: 'not_approver',
  historyId: '1',
  commentId: 'c-1',
  left: false,
  ...changes,
});
const next = (changes: Partial<Parameters<typeof planPutBack>[1]> = {}) => ({
  at: now + MINUTE,
  actor: 'bob',
  code: 'not_approver',
  historyId: '2',
  ...changes,
});

describe('planPutBack', () => {
  it('moves and says why the first time', () => {
    expect(planPutBack([], next())).toEqual({ move: 'move', comment: { kind: 'post' } });
  });

  it('edits what it said to the same person for the same reason within ten minutes', () => {
    expect(planPutBack([entry()], next())).toEqual({
      move: 'move',
      comment: { kind: 'edit', commentId: 'c-1' },
    });
    expect(planPutBack([entry()], next({ actor: 'carol' })).comment).toEqual({ kind: 'post' });
    expect(planPutBack([entry()], next({ code: 'guest' })).comment).toEqual({ kind: 'post' });
    expect(planPutBack([entry()], next({ at: now + 10 * MINUTE })).comment).toEqual({ kind: 'post' });
  });

  it('leaves the card after two put-backs in ten minutes, says so once, and is quiet then', () => {
    const two = [entry(), entry({ historyId: '2', actor: 'carol' })];
    expect(planPutBack(two, next({ historyId: '3' }))).toEqual({ move: 'leave', comment: { kind: 'post' } });
    const left = [...two, entry({ historyId: '3', left: true })];
    expect(planPutBack(left, next({ historyId: '4' }))).toEqual({ move: 'leave', comment: { kind: 'none' } });
  });

  it('counts a move that is found again after a crash once', () => {
    const twice = [entry({ historyId: '2' }), entry({ historyId: '1' })];
    expect(planPutBack(twice, next({ historyId: '2' })).move).toBe('move');
  });

  it('never speaks again of a move that was left, however much later it is found', () => {
    const left = [entry({ left: true })];
    expect(planPutBack(left, next({ historyId: '1', at: now + MINUTE }))).toEqual({
      move: 'leave',
      comment: { kind: 'none' },
    });
    expect(planPutBack(left, next({ historyId: '1', at: now + 300 * MINUTE }))).toEqual({
      move: 'move',
      comment: { kind: 'none' },
    });
  });

  it('keeps to two moves and one word about leaving in any ten minutes, whoever moves the card', () => {
    const times = fc.array(fc.integer({ min: 0, max: 5 * MINUTE }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(times, fc.constantFrom(1, 3), (gaps, people) => {
        let memory: PutBack[] = [];
        let at = now;
        const moves: number[] = [];
        gaps.forEach((gap, index) => {
          at += gap;
          const one = { at, actor: `p-${index % people}`, code: 'guest', historyId: String(index) };
          const plan = planPutBack(memory, one);
          if (plan.comment.kind === 'none') return;
          if (plan.move === 'move') moves.push(at);
          memory = rememberPutBack(memory, { ...one, commentId: 'c', left: plan.move === 'leave' });
        });
        for (const time of moves)
          expect(
            moves.filter((other) => other >= time && other - time < 10 * MINUTE).length,
          ).toBeLessThanOrEqual(2);
      }),
      { numRuns: 300 },
    );
  });
});

describe('rememberPutBack', () => {
  it('keeps the recent ones and the newest that was left, each move once', () => {
    const old = entry({ at: now - 20 * MINUTE, historyId: '0' });
    const left = entry({ at: now - 30 * MINUTE, historyId: 'left', left: true });
    const again = entry({ historyId: '1', commentId: 'c-2' });
    expect(rememberPutBack([left, old, entry()], again)).toEqual([left, again]);
  });

  it('is bounded', () => {
    let memory: PutBack[] = [];
    for (let index = 0; index < 50; index += 1)
      memory = rememberPutBack(memory, entry({ historyId: `${index}` }));
    expect(memory.length).toBe(10);
    expect(memory.at(-1)?.historyId).toBe('49');
  });
});

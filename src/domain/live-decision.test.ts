import { sampleDecision } from '../../test/support/sample-messages';
import { isAvailable, isPast } from './live-decision';

const decision = sampleDecision();
const end = Date.parse(decision.notAfter);

describe('a waiting decision', () => {
  it('may be handed out once its loan is over', () => {
    expect(isAvailable({ decision, lentUntil: 1000 }, 999)).toBe(false);
    expect(isAvailable({ decision, lentUntil: 1000 }, 1000)).toBe(true);
  });

  it('is past its end after notAfter', () => {
    expect(isPast({ decision, lentUntil: 0 }, end)).toBe(false);
    expect(isPast({ decision, lentUntil: 0 }, end + 1)).toBe(true);
  });
});

import {
  afterStep,
  freeName,
  isOurs,
  described,
  matchSlots,
  newRun,
  nextStep,
  provisionRun,
  setUpInput,
  startPass,
  STEPS,
  stepsFor,
  type ProvisionRun,
} from './run';

const business = { projectType: 'business' } as const;
const software = { projectType: 'software' } as const;
const finish = (run: ProvisionRun, input: typeof business | typeof software): ProvisionRun => {
  const step = nextStep(run, input);
  if (step === undefined) return run;
  return finish(afterStep(run, step, { receipt: { outcome: 'found', text: step }, known: {} }), input);
};

describe('a set-up', () => {
  it('takes its steps in order, each once', () => {
    const run = finish(newRun('TAR'), software);
    expect(run.done).toEqual([...STEPS]);
    expect(nextStep(run, software)).toBeUndefined();
  });

  it('makes a board for software projects only', () => {
    expect(stepsFor(business)).toEqual(STEPS.filter((step) => step !== 'board'));
    expect(finish(newRun('TAR'), business).done).not.toContain('board');
  });

  it('keeps what is known, and adds what a step found', () => {
    const first = afterStep(newRun('TAR'), 'check', {
      receipt: { outcome: 'found', text: '' },
      known: { plan: 'free', accountId: 'a' },
    });
    const second = afterStep(first, 'statuses', {
      receipt: { outcome: 'created', text: '' },
      known: { plan: 'paid' },
    });
    expect(second.known).toEqual({ plan: 'paid', accountId: 'a' });
    expect(second.receipts.check?.outcome).toBe('found');
    expect(first.done).toEqual(['check']);
  });

  it('goes through all steps again once it is complete, and only then', () => {
    const complete = finish(newRun('TAR'), business);
    const again = startPass(complete, business);
    expect(again).toMatchObject({ pass: 2, done: [], known: complete.known, receipts: complete.receipts });
    expect(startPass(again, business)).toBe(again);
    const half = afterStep(newRun('TAR'), 'check', { receipt: { outcome: 'found', text: '' }, known: {} });
    expect(startPass(half, business)).toBe(half);
  });

  it('is stored and read as it is', () => {
    const run = finish(newRun('TAR'), software);
    expect(provisionRun.parse(JSON.parse(JSON.stringify(run)))).toEqual(run);
    expect(provisionRun.safeParse({ ...run, v: 2 }).success).toBe(false);
    expect(provisionRun.safeParse({ ...run, done: ['dance'] }).success).toBe(false);
  });
});

describe('its input', () => {
  it('has defaults for everything', () => {
    expect(setUpInput.parse({})).toEqual({
      key: 'TAR',
      name: 'Teleport access requests',
      projectType: 'business',
      approverGroupIds: [],
    });
  });

  it.each([
    { key: 'tar' },
    { key: 'T' },
    { key: '1AB' },
    { key: 'ABCDEFGHIJK' },
    { name: ' ' },
    { name: 'x'.repeat(81) },
    { projectType: 'service_desk' },
    { approverGroupIds: ['a,b'] },
    { approverGroupIds: Array.from({ length: 21 }, (_, index) => `g${index}`) },
    { more: 1 },
  ])('refuses %j', (input) => {
    expect(setUpInput.safeParse(input).success).toBe(false);
  });
});

describe('names', () => {
  it('of statuses match exactly before they match without regard to case', () => {
    const statuses = [
      { id: '1', name: 'PENDING' },
      { id: '2', name: 'Pending' },
      { id: '3', name: 'denied' },
      { id: '4', name: 'Approved by me' },
    ];
    expect(matchSlots(statuses)).toEqual({ pending: statuses[1], denied: statuses[2] });
  });

  it('that are taken get a number', () => {
    expect(freeName('A b', ['other'])).toBe('A b');
    expect(freeName('A b', ['a B', 'A b 2'])).toBe('A b 3');
  });

  it('are known as ours by the description only', () => {
    expect(isOurs({ description: described('Words.') })).toBe(true);
    expect(isOurs({ description: 'Teleport access requests' })).toBe(false);
    expect(isOurs({})).toBe(false);
  });
});

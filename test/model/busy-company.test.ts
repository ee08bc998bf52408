import { BusyCompany } from './busy-company';
import { problemsOf, settle } from './convergence';
import { ModelWorld } from './model-world';

/* A long time in the life of a busy company, in virtual time. */

const DAYS = Number(process.env['COMPANY_DAYS'] ?? 7);
const SEED = Number(process.env['COMPANY_SEED'] ?? 20_261_127);
/** Rarer than by default, since nothing but the list takes longer the more requests there are. */
const LIST_EVERY_SECONDS = 1200;
const DAY_SECONDS = 24 * 3600;
/** Access that is over is gone from Teleport within half a day, and the app expects it listed a day longer. */
const REMEMBERED_DAYS = 3;

test(`${DAYS} days end in step, and nothing grows but what is kept on purpose`, async () => {
  const begun = performance.now();
  const world = await ModelWorld.start('set-state', LIST_EVERY_SECONDS);
  try {
    const company = new BusyCompany(world, SEED);
    await company.work(DAYS);
    expect(await settle(world)).toEqual([]);

    const { days, ways } = company;
    const madeOn = days.map(({ requests }, day) => requests - (days[day - 1]?.requests ?? 0));
    days.forEach(({ remembered, logLines }, day) => {
      const lately = madeOn
        .slice(Math.max(0, day - REMEMBERED_DAYS + 1), day + 1)
        .reduce((sum, made) => sum + made, 0);
      expect({ day, isWithin: remembered <= lately }).toEqual({ day, isWithin: true });
      // Some lines for each request, and some for each thing that broke.
      expect({ day, isWithin: logLines <= 20 * (madeOn[day] ?? 0) + 4000 }).toEqual({ day, isWithin: true });
    });
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    process.stdout.write(`${JSON.stringify({ DAYS, SEED, seconds, ways, days })}\n`);

    // Everybody leaves for as long as anything is kept: a month for links, a quarter for the activity list.
    const [relay] = world.relays;
    for (const absentDays of [2, 31]) {
      world.relays.forEach((each) => each.stop());
      await world.pass(absentDays * DAY_SECONDS);
      relay?.start();
      await world.pass(60);
      await world.sweep(true);
      await world.pass(LIST_EVERY_SECONDS);
    }
    expect(await problemsOf(world)).toEqual([]);
    expect({ remembered: relay?.remembered }).toEqual({ remembered: 0 });
    for (const kind of [
      'link:',
      'request:',
      'issue:',
      'decision:',
      'settled:',
      'loan:',
      'attempt:',
      'card-pace:',
    ])
      expect({ kind, left: world.services.kvs.keys(kind) }).toEqual({ kind, left: [] });
    relay?.stop();
    await world.pass(60 * DAY_SECONDS);
    expect(
      world.services.kvs.keys().filter((key) => !/^(?:trust|status|cluster|settings)/.test(key)),
    ).toEqual([]);
  } finally {
    world.end();
  }
}, 7_200_000);

import { refreshHealth } from '../usecases/admin/health';
import { reportAccounts } from '../usecases/privacy';
import { sweepAll, sweepMoves } from '../usecases/sweep';
import { createServices, type InvocationContext } from './services';

/** Scheduled trigger `sweep-moves`, every five minutes: cards that moved without an event. */
export async function onSweepMoves(
  _event: unknown,
  context: InvocationContext,
): Promise<{ statusCode: number }> {
  const services = createServices(context, { isBackground: true });
  const { handled } = await sweepMoves(services);
  if (handled > 0) services.log.info('sweep found cards out of place', { handled });
  return { statusCode: 204 };
}

/** Scheduled trigger `sweep-all`, once a day: every linked issue, doubles, what may be forgotten, and the configuration. */
export async function onSweepAll(
  _event: unknown,
  context: InvocationContext,
): Promise<{ statusCode: number }> {
  const services = createServices(context, { isBackground: true });
  const { handled, removed } = await sweepAll(services);
  const { checks } = await refreshHealth(services);
  const { reported, erased } = await reportAccounts(services);
  services.log.info('daily sweep done', {
    handled,
    removed,
    accountsReported: reported,
    accountsErased: erased,
    problems: checks.filter(({ ok }) => !ok).length,
  });
  return { statusCode: 204 };
}

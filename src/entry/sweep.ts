import { sweepAll, sweepMoves } from '../usecases/sweep';
import { createServices, type InvocationContext } from './services';

/** Scheduled trigger `sweep-moves`, every five minutes: cards that moved without an event. */
export async function onSweepMoves(
  _event: unknown,
  context: InvocationContext,
): Promise<{ statusCode: number }> {
  const services = createServices(context);
  const { handled } = await sweepMoves(services);
  if (handled > 0) services.log.info('sweep found cards out of place', { handled });
  return { statusCode: 204 };
}

/** Scheduled trigger `sweep-all`, once a day: every linked issue, doubles, and what may be forgotten. */
export async function onSweepAll(
  _event: unknown,
  context: InvocationContext,
): Promise<{ statusCode: number }> {
  const services = createServices(context);
  const { handled, removed } = await sweepAll(services);
  services.log.info('daily sweep done', { handled, removed });
  return { statusCode: 204 };
}

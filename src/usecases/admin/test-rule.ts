import * as z from 'zod';
import type { AdminResult, RoutingAnswer } from '../../../contract/admin';
import { mappingOf, routeRequest } from '../../domain/routing';
import { settings as settingsSchema } from '../../domain/settings';
import type { Services } from '../ports';
import { badInput, failed, succeeded } from './results';

const line = z.string().max(1024);
const input = z.object({
  request: z.object({
    cluster: line,
    user: line,
    roles: z.array(line).max(200),
    resources: z.array(z.object({ kind: line, name: line })).max(300),
  }),
  settings: z.unknown().optional(),
});

/** Name of the catch-all for pages. */
const CATCH_ALL = 'Everything else';

/** Tells which rule a request would hit, by the saved settings or by those that an administrator edits. */
export async function testRule(services: Services, payload: unknown): Promise<AdminResult<RoutingAnswer>> {
  const parsed = input.safeParse(payload);
  if (!parsed.success) return badInput(parsed.error);
  const { request, settings: draft } = parsed.data;
  const chosen = draft === undefined ? undefined : settingsSchema.safeParse(draft);
  if (chosen?.success === false) return badInput(chosen.error);
  const settings = chosen?.data ?? (await services.settings.read())?.settings;
  if (settings === undefined) return failed({ code: 'not_found', text: 'No settings are saved yet.' });
  const { rule, target, passedOver } = routeRequest(settings, request);
  const { groupIds, accountIds } = target.approvers;
  return succeeded({
    ...(rule !== undefined && { ruleId: rule.id }),
    ruleName: rule?.name ?? CATCH_ALL,
    target,
    isMapped: mappingOf(settings, target) !== undefined,
    hasApprovers: groupIds.length + accountIds.length > 0,
    passedOver: passedOver.map((passed) => ({
      ruleId: passed.rule.id,
      ruleName: passed.rule.name,
      because: passed.because,
    })),
  });
}

import { z } from 'zod';

/** What the administrator's activity list tells of. */
const ACTIVITY_KINDS = [
  'connection',
  'settings',
  'decision',
  'refusal',
  'put_back',
  'failure',
  'request_changed',
  'message_refused',
] as const;

/** One entry of the activity list. Texts are plain words; people appear by account id only. */
export const activityEntry = z.object({
  id: z.string(),
  at: z.number().int().nonnegative(),
  kind: z.enum(ACTIVITY_KINDS),
  text: z.string(),
  code: z.string().optional(),
  cluster: z.string().optional(),
  requestId: z.string().optional(),
  issueId: z.string().optional(),
  issueKey: z.string().optional(),
  accountId: z.string().optional(),
  decisionId: z.string().optional(),
});
export type ActivityEntry = z.infer<typeof activityEntry>;

import * as z from 'zod';
import { DECISION_SOURCES } from '../../contract/decision';

/** What the administrator's activity list tells of. */
export const ACTIVITY_KINDS = [
  'connection',
  'settings',
  'decision',
  'refusal',
  'put_back',
  'failure',
  'request_changed',
  'message_refused',
  'field_dropped',
  'set_up',
  'retry',
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
  /** Names the decision in the app, the relay and Teleport alike. */
  decisionId: z.string().optional(),
  /** The way by which it was made. */
  source: z.enum(DECISION_SOURCES).optional(),
  verdict: z.enum(['approve', 'deny']).optional(),
  /** Digest of what whoever decided was shown. */
  grantDigest: z.string().optional(),
  /** What became of it, once that is known. */
  outcome: z.string().optional(),
});
export type ActivityEntry = z.infer<typeof activityEntry>;

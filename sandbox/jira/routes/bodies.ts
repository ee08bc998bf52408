import { z } from 'zod';

/** Entity properties in a body. */
const properties = z.array(z.object({ key: z.string(), value: z.json() }));

/** Schema IssueUpdateDetails. */
export const issueUpdate = z.object({
  fields: z.record(z.string(), z.json()).optional(),
  update: z.record(z.string(), z.array(z.record(z.string(), z.json()))).optional(),
  transition: z.object({ id: z.string() }).optional(),
  properties: properties.optional(),
  historyMetadata: z.json().optional(),
});

/** Schema Comment, as far as it can be written. */
export const commentBody = z.object({
  body: z.json().optional(),
  properties: properties.optional(),
  visibility: z
    .object({
      type: z.enum(['role', 'group']),
      value: z.string().optional(),
      identifier: z.string().optional(),
    })
    .optional(),
});

/** Schema RemoteIssueLinkRequest. */
export const remoteLinkBody = z.object({
  globalId: z.string().optional(),
  application: z.object({ type: z.string().optional(), name: z.string().optional() }).optional(),
  relationship: z.string().optional(),
  object: z.object({
    url: z.string(),
    title: z.string(),
    summary: z.string().optional(),
    icon: z.json().optional(),
    status: z.json().optional(),
  }),
});

import { createHash } from 'node:crypto';

const ALLOWED = /^[a-zA-Z0-9._-]{1,120}$/;

/** A part of a key: itself where the store allows it, else its hash (Forge KVS, key pattern and length). */
function part(text: string): string {
  const isPlain = ALLOWED.test(text) && !text.startsWith('h-');
  return isPlain ? text : `h-${createHash('sha256').update(text).digest('hex')}`;
}

/** The keys of everything the app stores, in one place. */
export const keys = {
  link: (cluster: string, requestId: string) => `link:${part(cluster)}:${part(requestId)}`,
  links: (cluster: string) => `link:${part(cluster)}:`,
  snapshot: (cluster: string, requestId: string) => `request:${part(cluster)}:${part(requestId)}`,
  issue: (issueId: string) => `issue:${part(issueId)}`,
  attempt: (cluster: string, requestId: string, attempt: number) =>
    `attempt:${part(cluster)}:${part(requestId)}:${attempt}`,
  decision: (cluster: string, requestId: string) => `decision:${part(cluster)}:${part(requestId)}`,
  decisions: (cluster: string) => `decision:${part(cluster)}:`,
  loan: (decisionId: string, loan: number) => `loan:${part(decisionId)}:${loan}`,
  settled: (cluster: string, requestId: string) => `settled:${part(cluster)}:${part(requestId)}`,
  cardPace: (accountId: string, minute: number, place: number) =>
    `card-pace:${part(accountId)}:${minute}:${place}`,
  creationPace: (cluster: string) => `creation-pace:${part(cluster)}`,
  putBacks: (issueId: string) => `put-backs:${part(issueId)}`,
  trust: (connectionId: string) => `connection-trust:${part(connectionId)}`,
  status: (connectionId: string) => `connection:${part(connectionId)}`,
  statuses: 'connection:',
  successors: (connectionId: string) => `ca-successors:${part(connectionId)}`,
  cluster: (cluster: string) => `cluster:${part(cluster)}`,
  settings: 'settings',
  quotaPause: 'quota-pause',
  health: 'health',
  privacyReport: 'privacy-report',
  siteFact: (name: string) => `site-fact:${part(name)}`,
  push: 'push',
  droppedFields: ({ projectId, issueTypeId }: { projectId: string; issueTypeId: string }) =>
    `dropped-fields:${part(projectId)}:${part(issueTypeId)}`,
  settingsVersion: (version: number) => `settings-version:${version}`,
  /** Newest first when listed, since keys are listed in order. */
  activity: (at: number, id: string) =>
    `activity:${String(9_999_999_999_999 - at).padStart(13, '0')}:${part(id)}`,
  activities: 'activity:',
} as const;

import type { Issue, Json } from '../model';

/** An issue as the search index holds it: a copy that does not follow the issue. */
export interface IndexedIssue {
  id: string;
  key: string;
  projectId: string;
  issueTypeId: string;
  statusId: string;
  summary: string;
  labels: string[];
  creatorId: string;
  reporterId: string;
  assigneeId: string | null;
  resolutionId: string | null;
  /** Unix milliseconds. */
  created: number;
  updated: number;
  resolvedAt: number | null;
  archived: boolean;
  properties: Record<string, Json>;
}

export function indexIssue(issue: Issue): IndexedIssue {
  return {
    id: issue.id,
    key: issue.key,
    projectId: issue.projectId,
    issueTypeId: issue.issueTypeId,
    statusId: issue.statusId,
    summary: issue.summary,
    labels: [...issue.labels],
    creatorId: issue.creatorId,
    reporterId: issue.reporterId,
    assigneeId: issue.assigneeId,
    resolutionId: issue.resolutionId,
    created: issue.created,
    updated: issue.updated,
    resolvedAt: issue.resolvedAt,
    archived: issue.archived,
    properties: Object.fromEntries(
      [...issue.properties].map(([key, property]) => [key, structuredClone(property.value)]),
    ),
  };
}

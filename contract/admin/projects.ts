import type { FieldValue, SlotName } from './settings';

/** A project to choose from. */
export interface ProjectChoice {
  id: string;
  key: string;
  name: string;
  kind: 'software' | 'business' | 'service_desk';
  isTeamManaged: boolean;
}

/** A status of an issue type. */
export interface StatusView {
  id: string;
  name: string;
  category: 'new' | 'indeterminate' | 'done' | 'unknown';
}

/** A project in detail. */
export interface ProjectDetails extends ProjectChoice {
  isArchived: boolean;
  issueTypes: { id: string; name: string; isSubtask: boolean; statuses: StatusView[] }[];
  /** What does not work in this kind of project, in plain words. */
  limits: string[];
  /** Where the administrator finds the board and the settings of the project. */
  url: string;
}

/** A field that Jira requires of new issues and that the app does not fill. */
export interface RequiredField {
  id: string;
  name: string;
  /** Jira's type: `option`, `string`, `array`, `user`, … */
  type: string;
  /** Choices, when the field has them; `value` is what goes into `defaults`. */
  choices?: { value: FieldValue; label: string }[];
  /** False when the page cannot offer an editor for it; the field must then become optional in Jira. */
  canFill: boolean;
}

/** Whether the app gets from one slot to another in one transition. */
export interface SlotPath {
  from: SlotName;
  to: SlotName;
  reachable: 'yes' | 'no' | 'unknown';
}

/** All that the mapping editor needs about one issue type. */
export interface IssueTypeDetails {
  statuses: StatusView[];
  /** By name in many languages and by category; only a proposal. A slot without a likely status is empty. */
  suggested: Record<SlotName, string[]>;
  /** Where new issues begin, when it can be told. */
  initialStatusId?: string;
  requiredFields: RequiredField[];
  /** Optional fields that the app uses and that the create screen lacks: `labels`, `duedate`. */
  missingOptionalFields: string[];
  resolutions: { id: string; name: string }[];
}

/** One check of the configuration, in plain words, with what to do when it failed. */
export interface HealthCheck {
  code: string;
  ok: boolean;
  text: string;
  fix?: string;
  /** A check that failed but stops nothing: the text tells what is missing. */
  isWarning?: boolean;
  /** What it concerns, where there may be several. */
  subject?: { connectionId?: string; projectId?: string; issueTypeId?: string; ruleId?: string };
}

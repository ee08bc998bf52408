/** Who may decide in Jira. With nobody in it, nobody can. */
export interface Approvers {
  groupIds: string[];
  accountIds: string[];
  /** Roles of the project; whoever administers the project decides who is in them. None when left out. */
  projectRoleIds?: string[];
  /** Whether holders of the app's own project permission may decide; not when left out. */
  permission?: boolean;
}

/** Where a request goes and who decides it. `projectId` and `issueTypeId` must have a mapping. */
export interface RoutingTarget {
  projectId: string;
  issueTypeId: string;
  /** Added to the label `teleport`. */
  labels: string[];
  approvers: Approvers;
  /** Accounts that watch each issue. */
  watchers: string[];
  /** Sets the due date to the day on which the request ends unanswered. */
  dueDate: boolean;
}

/**
 * What a request must be like. Each list holds patterns (`*` stands for any text, `?` for one character; case does not
 * matter); an empty list matches everything. All lists must match; within a list one pattern that matches one value is enough.
 */
export interface RoutingMatch {
  roles: string[];
  resourceKinds: string[];
  resourceNames: string[];
  requesters: string[];
  clusters: string[];
}

/** A rule. The first that matches counts. */
export interface RoutingRule {
  /** Made by the page, a UUID or any text of up to 64 letters, digits and dashes. */
  id: string;
  name: string;
  match: RoutingMatch;
  then: RoutingTarget;
}

/** Where a request would go. */
export interface RoutingAnswer {
  /** Absent for the catch-all. */
  ruleId?: string;
  ruleName: string;
  target: RoutingTarget;
  /** Whether the target's project and type have a mapping. */
  isMapped: boolean;
  /** Whether anybody could decide it in Jira. */
  hasApprovers: boolean;
  /** Rules before it, with the list that did not match. */
  passedOver: { ruleId: string; ruleName: string; because: keyof RoutingMatch }[];
}

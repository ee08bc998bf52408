import type { Approvers, SetUpReport } from '../../../../contract/admin';
import { blankTarget, firstSettings, type Change } from '../settings';

/**
 * The change that makes a project that was set up the place where requests go. Approvers are those that it was set up for, or, with
 * none named, those of before.
 */
export function projectChange(
  { mapping }: NonNullable<SetUpReport['project']>,
  approverGroupIds: readonly string[],
): Change {
  return (now) => {
    const base = now ?? firstSettings(mapping);
    const others = base.mappings.filter(
      (each) => each.projectId !== mapping.projectId || each.issueTypeId !== mapping.issueTypeId,
    );
    const approvers: Approvers =
      approverGroupIds.length > 0
        ? { ...base.catchAll.approvers, groupIds: [...approverGroupIds] }
        : base.catchAll.approvers;
    return {
      ...base,
      mappings: [...others, mapping],
      catchAll: { ...blankTarget(mapping), approvers },
    };
  };
}

import type { RequestSnapshot } from '../../contract/access-request';
import type { PeopleOnIssue } from '../domain/people-links';
import type { IssueSettings } from '../domain/routing';
import type { OptionalField, OptionalFields, Place, Services } from './ports';

/** Every issue of the app carries this label. */
const LABEL = 'teleport';

/** All optional fields. */
export const OPTIONAL_FIELDS: readonly OptionalField[] = ['labels', 'duedate', 'reporter', 'assignee'];

/** The optional fields of a new issue, without those that Jira is known to refuse in its project and type. */
export async function optionalFields(
  services: Pick<Services, 'droppedFields'>,
  settings: IssueSettings,
  snapshot: RequestSnapshot,
  people: PeopleOnIssue,
): Promise<OptionalFields> {
  const dropped = (await services.droppedFields.read(settings)).map(({ field }) => field);
  const { requestExpiresAt } = snapshot;
  const { reporter, assignee } = people;
  const fields: OptionalFields = {
    labels: [...new Set([LABEL, ...settings.labels])],
    ...(settings.dueDate && requestExpiresAt !== undefined && { duedate: requestExpiresAt.slice(0, 10) }),
    ...(reporter !== undefined && { reporter }),
    ...(assignee !== undefined && { assignee }),
  };
  return withoutFields(fields, dropped);
}

/** The fields without some. */
export function withoutFields(fields: OptionalFields, left: readonly OptionalField[]): OptionalFields {
  const { labels, duedate, reporter, assignee } = fields;
  const isIn = (field: OptionalField) => !left.includes(field);
  return {
    ...(labels !== undefined && isIn('labels') && { labels }),
    ...(duedate !== undefined && isIn('duedate') && { duedate }),
    ...(reporter !== undefined && isIn('reporter') && { reporter }),
    ...(assignee !== undefined && isIn('assignee') && { assignee }),
  };
}

/** Remembers which optional fields Jira refused, so that it is asked no more, and tells the administrator once. */
export async function rememberDropped(
  services: Services,
  place: Place,
  dropped: readonly OptionalField[],
): Promise<void> {
  const known = await services.droppedFields.read(place);
  const fresh = dropped.filter((field) => known.every((entry) => entry.field !== field));
  if (fresh.length === 0) return;
  const at = services.now();
  await services.droppedFields.write(place, [...known, ...fresh.map((field) => ({ field, at }))]);
  await services.activity.add({
    kind: 'field_dropped',
    code: fresh.join(','),
    text: `Jira does not take ${fresh.join(' and ')} on new issues of project ${place.projectId}, so they are made without.`,
  });
}

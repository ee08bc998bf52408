import {
  described,
  matchSlots,
  NAMES,
  SLOT_STATUSES,
  type Known,
  type SlotIds,
} from '../../domain/provision/run';
import { SLOTS, type Slot } from '../../domain/settings';
import type { StatusView } from './ports';
import { done, failed, stopped, type Step } from './step';

/** The role of every app's system user in every company-managed project; its name is the same in all languages. */
const APP_ROLE_NAME = 'atlassian-addons-project-access';

const STATUSES_PATH = '/secure/admin/ViewStatuses.jspa';
const TYPES_PATH = '/secure/admin/ViewIssueTypes.jspa';
const ROLES_PATH = '/secure/project/ViewProjectRoles.jspa';

/** Who clicks, and what the site's plan allows. */
export const check: Step = async ({ services, input }) => {
  const { jira } = services;
  const administrator = await jira.mayAdminister();
  if (!administrator.ok) return stopped(administrator.problem);
  if (!administrator.value) return failed('Only Jira administrators can set up a project.');
  const account = await jira.myAccountId();
  if (!account.ok) return stopped(account.problem);
  const plan = await jira.plan(input.projectType);
  if (!plan.ok) return stopped(plan.problem);
  const roles = await jira.roles();
  if (!roles.ok) return stopped(roles.problem);
  const appRoleId = roles.value.find(({ name }) => name === APP_ROLE_NAME)?.id;
  const known: Known = {
    accountId: account.value,
    plan: plan.value,
    ...(appRoleId !== undefined && { appRoleId }),
  };
  const text = {
    free: 'You administer Jira. Its Free plan does not let roles and permissions be changed; those steps are left out, and the app’s own list of approvers decides.',
    paid: 'You administer Jira, and its plan allows everything.',
    unknown: 'You administer Jira. What its plan allows will show.',
  }[plan.value];
  return done('found', text, { known });
};

/** The four statuses: those that are there are used, whatever their category, and never changed. */
export const statuses: Step = async ({ services, input, known }) => {
  const { jira } = services;
  const found: Partial<Record<Slot, StatusView>> = {};
  if (known.statusIds !== undefined) {
    const { statusIds } = known;
    const present = await jira.statusesById(Object.values(statusIds));
    if (!present.ok) return stopped(present.problem);
    for (const slot of SLOTS) found[slot] = present.value.find(({ id }) => id === statusIds[slot]);
  }
  const unknown = SLOTS.filter((slot) => found[slot] === undefined);
  if (unknown.length > 0) {
    const named = await jira.statusesNamed(unknown.map((slot) => SLOT_STATUSES[slot].name));
    if (!named.ok) return stopped(named.problem);
    const matched = matchSlots(named.value);
    for (const slot of unknown) found[slot] = matched[slot];
  }
  const wanting = SLOTS.filter((slot) => found[slot] === undefined);
  if (wanting.length > 0) {
    const created = await jira.createStatuses(
      wanting.map((slot) => ({
        ...SLOT_STATUSES[slot],
        description: described('A state of an access request.'),
      })),
    );
    if (!created.ok) return stopped(created.problem);
    const matched = matchSlots(created.value);
    for (const slot of wanting) found[slot] = matched[slot];
  }
  const { pending, approved, denied, expired } = found;
  if (pending === undefined || approved === undefined || denied === undefined || expired === undefined)
    return failed('Jira did not say which statuses it made. Try again.');
  const statusIds: SlotIds = {
    pending: pending.id,
    approved: approved.id,
    denied: denied.id,
    expired: expired.id,
  };
  const more = { path: STATUSES_PATH, known: { statusIds } };
  if (pending.category === 'TODO' && input.projectType === 'software')
    return done(
      'attention',
      `The site’s status ${pending.name} counts as “to do”, so a board may keep new requests in its backlog. A business project has no backlog.`,
      more,
    );
  const names = SLOTS.map((slot) => found[slot]?.name ?? '').join(', ');
  return wanting.length > 0
    ? done(
        'created',
        `${wanting.map((slot) => SLOT_STATUSES[slot].name).join(', ')} made; the statuses are ${names}.`,
        more,
      )
    : done('found', `The statuses ${names} are there.`, more);
};

/** A type of its own for access requests. */
export const issueType: Step = async ({ services, known }) => {
  const { jira } = services;
  const types = await jira.issueTypes();
  if (!types.ok) return stopped(types.problem);
  const present =
    types.value.find(({ id }) => id === known.issueTypeId) ??
    types.value.find(({ name }) => name === NAMES.issueType) ??
    types.value.find(({ name }) => name.toLowerCase() === NAMES.issueType.toLowerCase());
  if (present !== undefined)
    return done('found', `The work type ${present.name} is there.`, {
      path: TYPES_PATH,
      known: { issueTypeId: present.id },
    });
  const created = await jira.createIssueType({
    name: NAMES.issueType,
    description: described('A request for access in Teleport.'),
  });
  if (!created.ok) return stopped(created.problem);
  return done('created', `The work type ${created.value.name} was made.`, {
    path: TYPES_PATH,
    known: { issueTypeId: created.value.id },
  });
};

/** The role of approvers. Where members of roles cannot be changed it would stay empty and is not made. */
export const role: Step = async ({ services, known }) => {
  if (known.plan === 'free')
    return done(
      'skipped',
      'The Free plan does not let members of roles be changed; approvers are named as groups.',
    );
  const roles = await services.jira.roles();
  if (!roles.ok) return stopped(roles.problem);
  const present =
    roles.value.find(({ id }) => id === known.approverRoleId) ??
    roles.value.find(({ name }) => name === NAMES.role);
  if (present !== undefined)
    return done('found', `The role ${present.name} is there.`, {
      path: ROLES_PATH,
      known: { approverRoleId: present.id },
    });
  const created = await services.jira.createRole({
    name: NAMES.role,
    description: described('May approve and deny access requests.'),
  });
  if (!created.ok) return stopped(created.problem);
  return done('created', `The role ${created.value.name} was made.`, {
    path: ROLES_PATH,
    known: { approverRoleId: created.value.id },
  });
};

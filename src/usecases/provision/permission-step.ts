import { tightenGrants } from '../../domain/provision/permission-scheme';
import { described, freeName, isOurs, NAMES } from '../../domain/provision/run';
import type { JiraProblem } from '../ports';
import { done, missing, stopped, type Step, type StepContext, type StepOutcome } from './step';

const PATH = '/secure/admin/ViewPermissionSchemes.jspa';
const LEFT_OUT =
  'The plan does not let permission schemes be changed. The app’s own checks decide who may approve.';

/** The permission scheme that closes the ways by which a request could be forged or hidden. */
export const permissionScheme: Step = async (context) => {
  const { services, known } = context;
  const { project: made } = known;
  if (made === undefined) return missing('The project');
  if (known.plan === 'free') return done('skipped', LEFT_OUT);
  const schemes = await services.jira.permissionSchemes();
  if (!schemes.ok) return stopped(schemes.problem);
  const present =
    schemes.value.find(({ id }) => id === known.permissionSchemeId) ?? schemes.value.find(isOurs);
  if (present !== undefined) return assign(context, made.id, { ...present, outcome: 'found' });
  const name = freeName(
    NAMES.permissionScheme,
    schemes.value.map((each) => each.name),
  );
  const id = await create(context, name);
  if (id.kind === 'outcome') return id.outcome;
  return assign(context, made.id, { id: id.id, name, outcome: 'created' });
};

async function create(
  { services, known }: StepContext,
  name: string,
): Promise<{ kind: 'created'; id: string } | { kind: 'outcome'; outcome: StepOutcome }> {
  const { appRoleId, approverRoleId } = known;
  if (appRoleId === undefined) {
    const text = 'Jira shows no role of apps, so permissions are left as they are.';
    return { kind: 'outcome', outcome: done('skipped', text) };
  }
  const grants = await services.jira.defaultGrants();
  if (!grants.ok) return { kind: 'outcome', outcome: stopped(grants.problem) };
  const created = await services.jira.createPermissionScheme({
    name,
    description: described(
      'Only approvers and the app move requests; only the app and administrators edit them.',
    ),
    grants: tightenGrants(grants.value, { approverRoleId, appRoleId }),
  });
  if (!created.ok) return { kind: 'outcome', outcome: leftOutOr(created.problem) };
  return { kind: 'created', id: created.value };
}

async function assign(
  context: StepContext,
  projectId: string,
  scheme: { id: string; name: string; outcome: 'created' | 'found' },
): Promise<StepOutcome> {
  const { services, known } = context;
  const more = { path: PATH, known: { permissionSchemeId: scheme.id, permissionSchemeSet: true } };
  const current = await services.jira.permissionSchemeOf(projectId);
  if (!current.ok) return stopped(current.problem);
  if (current.value === scheme.id)
    return done('found', `The project has the permission scheme ${scheme.name}.`, more);
  if (known.permissionSchemeSet === true && known.permissionSchemeId === scheme.id)
    return done(
      'attention',
      'The project has another permission scheme now. The app leaves it as it is.',
      more,
    );
  await context.remember({ permissionSchemeId: scheme.id });
  const assigned = await services.jira.assignPermissionScheme(projectId, scheme.id);
  if (!assigned.ok) return leftOutOr(assigned.problem);
  return done('created', `The project got the permission scheme ${scheme.name}.`, more);
}

function leftOutOr(problem: JiraProblem): StepOutcome {
  return problem.kind === 'refused' && problem.status === 403 ? done('skipped', LEFT_OUT) : stopped(problem);
}

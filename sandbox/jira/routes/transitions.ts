import { listParameter, issueOf, NO_CONTENT, ok, parseBody, type Route } from '../route';
import { fieldMetadata } from '../field-definitions';
import type { Issue, Json, Transition } from '../model';
import type { RouteContext } from '../route';
import { issueUpdate } from './bodies';

/** Transitions of an issue. */
export const transitionRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'issue/{issueIdOrKey}/transitions',
    handle(context) {
      const issue = issueOf(context);
      const { workflows } = context.site;
      const available = workflows.available(issue, context.caller.account, context.acting.origin);
      const showsAll = context.query.get('includeUnavailableTransitions') === 'true';
      const wanted = context.query.get('transitionId');
      const withFields = listParameter(context.query, 'expand').includes('transitions.fields');
      const shown = (showsAll ? workflows.leavingFrom(issue) : available).filter(
        ({ id }) => wanted === null || id === wanted,
      );
      return ok({
        expand: 'transitions',
        transitions: shown.map((transition) =>
          render(context, issue, transition, available.includes(transition), withFields),
        ),
      });
    },
  },
  {
    method: 'POST',
    template: 'issue/{issueIdOrKey}/transitions',
    writes: true,
    handle(context) {
      context.site.transitions.perform(issueOf(context), parseBody(issueUpdate, context), context.acting);
      return NO_CONTENT;
    },
  },
];

function render(
  context: RouteContext,
  issue: Issue,
  transition: Transition,
  isAvailable: boolean,
  withFields: boolean,
): Json {
  return {
    id: transition.id,
    name: transition.name,
    to: context.render.status(context.site.store.status(transition.to)),
    hasScreen: transition.screen !== undefined,
    isGlobal: transition.type === 'GLOBAL',
    isInitial: false,
    isAvailable,
    isConditional: transition.conditions.length > 0,
    looped: transition.to === issue.statusId,
    ...(withFields ? { fields: fieldsOf(context, transition) } : {}),
  };
}

function fieldsOf(context: RouteContext, transition: Transition): Record<string, Json> {
  const fields: Record<string, Json> = {};
  for (const { fieldId, required } of transition.screen ?? []) {
    const allowed =
      fieldId === 'resolution'
        ? [...context.site.store.resolutions.keys()].map((id) => context.render.resolution(id))
        : undefined;
    const metadata = fieldMetadata(fieldId, required === true, allowed);
    if (metadata !== undefined) fields[fieldId] = metadata;
  }
  return fields;
}

import { z } from 'zod';
import type { Board } from '../configuration';
import { badRequest, forbidden, notFound } from '../errors';
import type { Json, Project } from '../model';
import { numberParameter, ok, parseBody, plainPage, type Route, type RouteContext } from '../route';
import { isVisible } from './filters';

const boardBody = z.strictObject({
  name: z.string().min(1).max(254),
  type: z.enum(['kanban', 'scrum']),
  filterId: z.int(),
  location: z
    .strictObject({ type: z.enum(['project', 'user']), projectKeyOrId: z.string().optional() })
    .optional(),
});

/** Boards of Jira Software (Agile REST API). Their columns can be read and not changed: there is no public operation for it. */
export const agileRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: 'board',
    handle(context) {
      const wanted = context.query.get('projectKeyOrId');
      const text = (context.query.get('name') ?? '').toLowerCase();
      const project = wanted === null ? undefined : context.site.store.findProject(wanted);
      const found = [...context.site.store.configuration.boards.values()]
        .filter(({ projectId }) => wanted === null || (project !== undefined && projectId === project.id))
        .filter(({ name }) => name.toLowerCase().includes(text))
        .map((board) => describeBoard(context, board));
      const { page, ...place } = plainPage(context.query, found, { fallback: 50, max: 50 });
      return ok({ ...place, isLast: place.startAt + page.length >= place.total, values: page });
    },
  },
  {
    method: 'POST',
    template: 'board',
    handle(context) {
      const { store, permissions } = context.site;
      const { name, type, filterId, location } = parseBody(boardBody, context);
      const filter = store.configuration.filters.get(String(filterId));
      const isKnown =
        filter !== undefined &&
        isVisible(context, filter) &&
        store.clock.now() >= filter.createdAt + store.configuration.filterLagMs;
      if (!isKnown)
        throw badRequest('The selected filter is not available to you. It may have been deleted.');
      const project =
        location?.type === 'project' ? store.findProject(location.projectKeyOrId ?? '') : undefined;
      if (location?.type === 'project' && project?.typeKey !== 'software')
        throw badRequest('The location of a board is a software space.');
      if (
        project !== undefined &&
        !permissions.project(context.caller.account, 'ADMINISTER_PROJECTS', project)
      )
        throw forbidden('You do not administer the space.');
      const id = Number(store.nextId('board'));
      const board: Board = { id, name, type, filterId: String(filterId), projectId: project?.id };
      store.configuration.boards.set(id, board);
      return { status: 201, body: describeBoard(context, board) };
    },
  },
  {
    method: 'GET',
    template: 'board/{boardId}/configuration',
    handle(context) {
      const id = numberParameter(new URLSearchParams({ id: context.params.boardId ?? '' }), 'id', 0);
      const board = context.site.store.configuration.boards.get(id);
      if (board === undefined)
        throw notFound('The requested board cannot be viewed because it does not exist.');
      const project =
        board.projectId === undefined ? undefined : context.site.store.projects.get(board.projectId);
      return ok({
        ...{ id: board.id, name: board.name, type: board.type, filter: { id: board.filterId } },
        columnConfig: { columns: columnsOf(context, project), constraintType: 'issueCount' },
      });
    },
  },
];

/** A Kanban board made by API: an empty backlog, then a column for each category of status. Likely, not proven. */
function columnsOf(context: RouteContext, project: Project | undefined): Json[] {
  const { store } = context.site;
  const ids = new Set((project?.issueTypes ?? []).flatMap(({ workflow }) => workflow.statusIds));
  const of = (category: string) =>
    [...ids]
      .filter((id) => store.status(id).category === category)
      .map((id) => ({ id, self: context.render.self(`status/${id}`) }));
  return [
    { name: 'Backlog', statuses: [] },
    { name: 'To Do', statuses: of('TODO') },
    { name: 'In Progress', statuses: of('IN_PROGRESS') },
    { name: 'Done', statuses: of('DONE') },
  ];
}

function describeBoard(context: RouteContext, { id, name, type, projectId }: Board): Json {
  const project = projectId === undefined ? undefined : context.site.store.projects.get(projectId);
  return {
    ...{ id, name, type, self: `${context.render.base}/rest/agile/1.0/board/${id}` },
    ...(project === undefined
      ? {}
      : { location: { projectId: Number(project.id), projectKey: project.key, projectName: project.name } }),
  };
}

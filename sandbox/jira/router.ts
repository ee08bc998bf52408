import type { Route } from './route';
import { administrationRoutes } from './routes/administration';
import { agileRoutes } from './routes/boards';
import { commentRoutes } from './routes/comments';
import { filterRoutes } from './routes/filters';
import { issuePanelRoutes } from './routes/issue-panels';
import { issueRoutes } from './routes/issues';
import { issueTypeRoutes } from './routes/issue-types';
import { peopleRoutes } from './routes/people';
import { permissionSchemeRoutes } from './routes/permission-schemes';
import { permissionRoutes } from './routes/permissions';
import { projectSetupRoutes } from './routes/project-setup';
import { projectRoutes } from './routes/projects';
import { propertyRoutes } from './routes/properties';
import { remoteLinkRoutes } from './routes/remote-links';
import { roleRoutes } from './routes/roles';
import { searchRoutes } from './routes/search';
import { siteRoutes } from './routes/site';
import { statusRoutes } from './routes/statuses';
import { transitionRoutes } from './routes/transitions';
import { workflowSchemeRoutes } from './routes/workflow-schemes';
import { workflowRoutes } from './routes/workflows';

/** Every operation of the platform's API that the simulator knows. */
export const ROUTES: readonly Route[] = [
  ...issueRoutes,
  ...transitionRoutes,
  ...commentRoutes,
  ...propertyRoutes,
  ...remoteLinkRoutes,
  ...searchRoutes,
  ...peopleRoutes,
  ...permissionRoutes,
  ...projectRoutes,
  ...siteRoutes,
  ...statusRoutes,
  ...workflowRoutes,
  ...workflowSchemeRoutes,
  ...issueTypeRoutes,
  ...roleRoutes,
  ...permissionSchemeRoutes,
  ...projectSetupRoutes,
  ...issuePanelRoutes,
  ...filterRoutes,
  ...administrationRoutes,
];

interface Pattern {
  route: Route;
  parts: string[];
  /** How many parts are fixed words: the more, the earlier the pattern is tried. */
  fixed: number;
}

function patternsOf(routes: readonly Route[]): Pattern[] {
  return routes
    .map((route) => {
      const parts = route.template.split('/');
      return { route, parts, fixed: parts.filter((part) => !part.startsWith('{')).length };
    })
    .sort((a, b) => b.fixed - a.fixed);
}

const APIS = [
  { base: '/rest/api/3/', patterns: patternsOf(ROUTES) },
  { base: '/rest/agile/1.0/', patterns: patternsOf(agileRoutes) },
];

/** What a path leads to. */
export type Match =
  | { kind: 'route'; route: Route; base: string; params: Record<string, string> }
  /** The path is known, the method is not. */
  | { kind: 'method' }
  | { kind: 'none' };

/** Finds the operation of a call. */
export function matchRoute(method: string, path: string): Match {
  const api = APIS.find(({ base }) => path.startsWith(base));
  if (api === undefined) return { kind: 'none' };
  const parts = path.slice(api.base.length).split('/');
  let known = false;
  for (const pattern of api.patterns) {
    const params = bind(pattern.parts, parts);
    if (params === undefined) continue;
    if (pattern.route.method === method)
      return { kind: 'route', route: pattern.route, base: api.base, params };
    known = true;
  }
  return known ? { kind: 'method' } : { kind: 'none' };
}

function bind(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (expected.startsWith('{')) {
      if (part === '') return undefined;
      params[expected.slice(1, -1)] = decoded(part);
    } else if (expected !== part) return undefined;
  }
  return params;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

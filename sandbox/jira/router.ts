import type { Route } from './route';
import { commentRoutes } from './routes/comments';
import { issueRoutes } from './routes/issues';
import { peopleRoutes } from './routes/people';
import { permissionRoutes } from './routes/permissions';
import { projectRoutes } from './routes/projects';
import { propertyRoutes } from './routes/properties';
import { remoteLinkRoutes } from './routes/remote-links';
import { searchRoutes } from './routes/search';
import { siteRoutes } from './routes/site';
import { transitionRoutes } from './routes/transitions';

/** Every operation that the simulator knows. */
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
];

const API_PREFIX = '/rest/api/3/';

interface Pattern {
  route: Route;
  parts: string[];
  /** How many parts are fixed words: the more, the earlier the pattern is tried. */
  fixed: number;
}

const PATTERNS: readonly Pattern[] = ROUTES.map((route) => {
  const parts = route.template.split('/');
  return { route, parts, fixed: parts.filter((part) => !part.startsWith('{')).length };
}).sort((a, b) => b.fixed - a.fixed);

/** What a path leads to. */
export type Match =
  | { kind: 'route'; route: Route; params: Record<string, string> }
  /** The path is known, the method is not. */
  | { kind: 'method' }
  | { kind: 'none' };

/** Finds the operation of a call. */
export function matchRoute(method: string, path: string): Match {
  if (!path.startsWith(API_PREFIX)) return { kind: 'none' };
  const parts = path.slice(API_PREFIX.length).split('/');
  let known = false;
  for (const pattern of PATTERNS) {
    const params = bind(pattern.parts, parts);
    if (params === undefined) continue;
    if (pattern.route.method === method) return { kind: 'route', route: pattern.route, params };
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

import { view } from '@forge/bridge';
import { createContext, useContext, useSyncExternalStore } from 'react';

/** Where in the admin page somebody is, as a path that begins with a slash. */
export interface Router {
  path: () => string;
  go: (path: string) => void;
  subscribe: (listener: () => void) => () => void;
}

/**
 * The router: the address bar of Jira where the platform offers it (Forge bridge, `view.createHistory`), else the address of the
 * frame itself.
 */
export async function createRouter(): Promise<Router> {
  try {
    return platformRouter(await view.createHistory());
  } catch {
    return frameRouter();
  }
}

type PlatformHistory = Awaited<ReturnType<typeof view.createHistory>>;

function platformRouter(history: PlatformHistory): Router {
  return {
    path: () => history.location.pathname,
    go: (path) => {
      history.push(path);
    },
    subscribe: (listener) => history.listen(listener),
  };
}

function frameRouter(): Router {
  return {
    path: () => decodeURIComponent(window.location.hash.slice(1)) || '/',
    go: (path) => {
      window.location.hash = encodeURI(path);
    },
    subscribe: (listener) => {
      window.addEventListener('hashchange', listener);
      return () => {
        window.removeEventListener('hashchange', listener);
      };
    },
  };
}

const RouterContext = createContext<Router | undefined>(undefined);
export const RouterProvider = RouterContext.Provider;

/** The router and the present path, in its parts. */
export function useRoute(): { parts: readonly string[]; go: (path: string) => void } {
  const router = useContext(RouterContext);
  if (router === undefined) throw new Error('There is no router around this component.');
  const path = useSyncExternalStore(router.subscribe, router.path);
  return { parts: path.split('/').filter((part) => part !== ''), go: router.go };
}

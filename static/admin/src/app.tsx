import { Component, lazy, Suspense, useEffect, type ComponentType, type ReactNode } from 'react';
import { Nav } from './components/nav';
import { Failure, Loading } from './components/states';
import { useRoute } from './routing';
import { texts } from './texts';
import { useCall, type Source } from './use-call';
import type { Value } from './api';

/** What the wizard knows; the navigation and the first page follow it. */
export type WizardSource = Source<Value<'getWizard'>>;
export interface PageProps {
  wizard: WizardSource;
}

/** The pages in the order of the navigation; each is loaded when it is opened. */
const PAGES: Readonly<Record<string, ComponentType<PageProps>>> = {
  start: lazy(() => import('./pages/wizard')),
  overview: lazy(() => import('./pages/overview')),
  connections: lazy(() => import('./pages/connections')),
  projects: lazy(() => import('./pages/projects')),
  routing: lazy(() => import('./pages/routing')),
  people: lazy(() => import('./pages/people')),
  activity: lazy(() => import('./pages/activity')),
  health: lazy(() => import('./pages/health')),
};

/** Pages that the entries of the app's manifest open first: plain, "Configure", "Get started". */
const FIRST_PAGE: Readonly<Record<string, string>> = {
  'admin-configure': 'projects',
  'admin-start': 'start',
};

/** The admin page: navigation, and the page that the address names. */
export function App({ moduleKey }: { moduleKey: string }) {
  const { parts, go } = useRoute();
  const wizard = useCall('getWizard', {});
  const { loaded } = wizard;
  const named = parts[0] !== undefined && parts[0] in PAGES ? parts[0] : undefined;

  useEffect(() => {
    if (named !== undefined || loaded.state === 'loading') return;
    const isNew = loaded.state === 'ready' && loaded.value.steps.every(({ done }) => !done);
    go(`/${FIRST_PAGE[moduleKey] ?? (isNew ? 'start' : 'overview')}`);
  }, [named, loaded, moduleKey, go]);

  if (loaded.state === 'failed' && loaded.error.code === 'not_administrator')
    return (
      <main className="alone">
        <h1>{texts.app.title}</h1>
        <Failure error={loaded.error} />
      </main>
    );
  const Shown = named === undefined ? undefined : PAGES[named];
  const hasNext = loaded.state === 'ready' && loaded.value.next !== undefined;
  return (
    <div className="shell">
      <Nav current={named} pages={Object.keys(PAGES).filter((page) => page !== 'start' || hasNext)} />
      <main>
        {Shown === undefined ? (
          <Loading />
        ) : (
          <Boundary key={named}>
            <Suspense fallback={<Loading />}>
              <Shown wizard={wizard} />
            </Suspense>
          </Boundary>
        )}
      </main>
    </div>
  );
}

/** Keeps the navigation usable when a page cannot be loaded or breaks. */
class Boundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    return (
      <Failure
        error={{ code: 'unreachable' }}
        retry={() => {
          this.setState({ isBroken: false });
        }}
      />
    );
  }
}

import '@atlaskit/css-reset';
import { view } from '@forge/bridge';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { createRouter, RouterProvider } from './routing';
import './styles/base.css';
import './styles/components.css';

/** Starts the page in the element that index.html has for it. */
async function start(): Promise<void> {
  const root = document.getElementById('root');
  if (root === null) throw new Error('The page has no place for the app.');
  const [router, context] = await Promise.all([createRouter(), view.getContext(), view.theme.enable()]);
  createRoot(root).render(
    <StrictMode>
      <RouterProvider value={router}>
        <App moduleKey={context.moduleKey} />
      </RouterProvider>
    </StrictMode>,
  );
  await view.emitReadyEvent();
}

void start();

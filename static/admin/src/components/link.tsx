import { router } from '@forge/bridge';
import type { ReactNode } from 'react';
import { useRoute } from '../routing';
import { texts } from '../texts';

/** A link to another page of this app. */
export function PageLink({ to, children }: { to: string; children: ReactNode }) {
  const { go } = useRoute();
  return (
    <a
      href={`#${to}`}
      onClick={(event) => {
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}

/** A link out of the frame, which the platform opens in a tab of its own; it asks first where that is outside of Jira. */
export function SiteLink({ url, children }: { url: string; children: ReactNode }) {
  return (
    <a
      href={url}
      target="_blank"
      rel="noreferrer"
      onClick={(event) => {
        event.preventDefault();
        void router.open(url);
      }}
    >
      {children}
      <span className="visually-hidden"> {texts.common.newTab}</span>
    </a>
  );
}

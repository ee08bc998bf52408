import Button from '@atlaskit/button/new';
import { useId, useState } from 'react';
import { useRoute } from '../routing';
import { texts } from '../texts';

/** The way from page to page: a column where there is room, else a menu. */
export function Nav({ current, pages }: { current: string | undefined; pages: readonly string[] }) {
  const { go } = useRoute();
  const [isOpen, setOpen] = useState(false);
  const listId = useId();
  const labels: Readonly<Record<string, string>> = texts.nav.pages;
  return (
    <nav aria-label={texts.nav.label} className="nav">
      <div className="nav-title" aria-hidden="true">
        {texts.app.title}
      </div>
      <div className="nav-toggle">
        <Button
          aria-expanded={isOpen}
          aria-controls={listId}
          onClick={() => {
            setOpen(!isOpen);
          }}
        >
          {texts.nav.menu(labels[current ?? ''] ?? '')}
        </Button>
      </div>
      <ul id={listId} className={isOpen ? 'open' : undefined}>
        {pages.map((page) => (
          <li key={page}>
            <a
              href={`#/${page}`}
              aria-current={page === current ? 'page' : undefined}
              onClick={(event) => {
                event.preventDefault();
                setOpen(false);
                go(`/${page}`);
              }}
            >
              {labels[page]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

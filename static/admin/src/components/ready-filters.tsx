import Button from '@atlaskit/button/new';
import type { ReadyFilter } from '../../../../contract/admin';
import { texts } from '../texts';
import { useAction, useCall } from '../use-call';
import { tellSuccess } from './flags';
import { SiteLink } from './link';
import { Section } from './page';
import { Failure, Load } from './states';

/** Searches that people who work with requests need, to open or to keep. */
export function ReadyFilters() {
  const source = useCall('listFilters', {});
  return (
    <Section title={texts.filters.title} lead={texts.filters.lead}>
      <Load source={source}>
        {({ filters }) => (
          <ul className="rows">
            {filters.map((filter) => (
              <FilterRow key={filter.key} filter={filter} />
            ))}
          </ul>
        )}
      </Load>
    </Section>
  );
}

function FilterRow({ filter: { key, name, jql, url } }: { filter: ReadyFilter }) {
  const create = useAction('createFilter');
  return (
    <li className="row">
      <div className="row-main">
        <SiteLink url={url}>{name}</SiteLink>
        <p>
          <code className="subtle">{jql}</code>
        </p>
        {create.error !== undefined && <Failure error={create.error} />}
      </div>
      <Button
        isLoading={create.isBusy}
        onClick={() =>
          void create.run({ key }).then((made) => {
            if (made !== undefined) tellSuccess(texts.filters.saved(name));
          })
        }
      >
        {texts.filters.save}
        <span className="visually-hidden"> {name}</span>
      </Button>
    </li>
  );
}

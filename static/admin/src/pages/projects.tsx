import Button from '@atlaskit/button/new';
import type { ProjectMapping, SettingsDocument } from '../../../../contract/admin';
import { MappingEditor } from '../components/mapping-editor';
import { PageLink } from '../components/link';
import { ManualSteps } from '../components/manual-steps';
import { Page, Section } from '../components/page';
import { ReadyFilters } from '../components/ready-filters';
import { SetUpProject } from '../components/set-up-project';
import { Empty, Load } from '../components/states';
import { UseExisting } from '../components/use-existing';
import type { PageProps } from '../app';
import { useNames, type Names } from '../names';
import { useRoute } from '../routing';
import { useSettings } from '../settings';
import { texts } from '../texts';
import { useCall } from '../use-call';

/** Projects that requests go to, and what their statuses mean. The address says which of the ways is open. */
export default function ProjectsPage({ wizard }: PageProps) {
  const { parts, go } = useRoute();
  const store = useSettings();
  const back = (): void => {
    go('/projects');
  };
  const saved = (): void => {
    void wizard.reload();
    back();
  };
  const [, way, projectId, issueTypeId] = parts;

  return (
    <Page title={texts.projects.title} lead={texts.projects.lead}>
      {way !== undefined && (
        <p>
          <PageLink to="/projects">{texts.projects.back}</PageLink>
        </p>
      )}
      <Load source={store}>
        {({ settings }) => {
          if (way === 'new') return <SetUpProject store={store} onSaved={saved} />;
          if (way === 'manual') return <ManualSteps store={store} onSaved={saved} />;
          if (way === 'existing') return <UseExisting />;
          if (way === 'map' && projectId !== undefined && issueTypeId !== undefined)
            return (
              <MappingEditor
                key={`${projectId} ${issueTypeId}`}
                {...{ projectId, issueTypeId, store, settings, onSaved: saved }}
              />
            );
          return <Mapped settings={settings} />;
        }}
      </Load>
    </Page>
  );
}

function Mapped({ settings }: { settings: SettingsDocument | null }) {
  const mappings = settings?.mappings ?? [];
  const names = useNames({
    accountIds: [],
    groupIds: [],
    projectIds: mappings.map(({ projectId }) => projectId),
  });
  return (
    <>
      {settings === null || mappings.length === 0 ? (
        <Empty title={texts.projects.emptyTitle} text={texts.projects.emptyText} />
      ) : (
        <ul className="rows" aria-label={texts.projects.list}>
          {mappings.map((mapping) => (
            <MappingRow
              key={`${mapping.projectId} ${mapping.issueTypeId}`}
              {...{ mapping, names }}
              isDefault={
                settings.catchAll.projectId === mapping.projectId &&
                settings.catchAll.issueTypeId === mapping.issueTypeId
              }
            />
          ))}
        </ul>
      )}
      <Ways />
      {mappings.length > 0 && <ReadyFilters />}
    </>
  );
}

function MappingRow({
  mapping,
  names,
  isDefault,
}: {
  mapping: ProjectMapping;
  names: Names;
  isDefault: boolean;
}) {
  const { projectId, issueTypeId, slots } = mapping;
  const { go } = useRoute();
  const project = names.projects.get(projectId);
  const details = useCall('getProject', { projectId });
  const type =
    details.loaded.state === 'ready'
      ? details.loaded.value.issueTypes.find(({ id }) => id === issueTypeId)
      : undefined;
  const statusName = (id: string): string =>
    type?.statuses.find((status) => status.id === id)?.name ?? texts.common.unknownId(id);
  const isGone =
    details.loaded.state === 'failed' || (details.loaded.state === 'ready' && type === undefined);
  const title = project === undefined ? texts.common.unknownId(projectId) : texts.common.project(project);
  return (
    <li className="row">
      <div className="row-main">
        <strong>
          {title}
          {type !== undefined && ` – ${type.name}`}
        </strong>
        {isGone ? (
          <p className="bad-text">{texts.projects.gone}</p>
        ) : (
          <p className="subtle">
            {details.loaded.state === 'loading'
              ? texts.common.loading
              : texts.projects.slots(
                  ...(['pending', 'approved', 'denied', 'expired'] as const).map((slot) =>
                    slots[slot].map(statusName).join(', '),
                  ),
                )}
          </p>
        )}
        {isDefault && <p className="subtle">{texts.projects.isDefault}</p>}
      </div>
      <Button
        onClick={() => {
          go(`/projects/map/${projectId}/${issueTypeId}`);
        }}
      >
        {texts.projects.edit}
        <span className="visually-hidden"> {title}</span>
      </Button>
    </li>
  );
}

function Ways() {
  const { go } = useRoute();
  return (
    <Section title={texts.projects.add}>
      <ul className="cards">
        {(['new', 'existing', 'manual'] as const).map((way) => (
          <li key={way} className="card">
            <h3>{texts.projects.ways[way].title}</h3>
            <p className="subtle grow">{texts.projects.ways[way].text}</p>
            <div className="actions">
              <Button
                appearance={way === 'new' ? 'primary' : 'default'}
                onClick={() => {
                  go(`/projects/${way}`);
                }}
              >
                {texts.projects.ways[way].button}
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}

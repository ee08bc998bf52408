import Button from '@atlaskit/button/new';
import { useRoute } from '../routing';
import { texts } from '../texts';
import { Empty } from './states';

/** Stands where nothing can be chosen before there is a project. */
export function NeedsProject() {
  const { go } = useRoute();
  return (
    <Empty
      title={texts.people.projectFirst}
      text={texts.people.projectFirstText}
      action={
        <Button
          appearance="primary"
          onClick={() => {
            go('/projects');
          }}
        >
          {texts.people.toProjects}
        </Button>
      }
    />
  );
}

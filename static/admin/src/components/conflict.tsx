import Button from '@atlaskit/button/new';
import type { SettingsStore } from '../settings';
import { texts } from '../texts';
import { Message } from './message';
import { Failure } from './states';

/** Why the last change was not saved: refused, or somebody else saved first, with the ways on. */
export function SaveProblems({ store, onSaved }: { store: SettingsStore; onSaved?: () => void }) {
  const { conflict, error, isSaving, saveOnTop, takeTheirs } = store;
  if (error !== undefined) return <Failure error={error} />;
  if (conflict === undefined) return null;
  const parts = conflict.parts.map((part) => texts.conflict.parts[part]);
  return (
    <Message
      tone="danger"
      title={texts.conflict.title}
      actions={
        <>
          <Button
            appearance="primary"
            isLoading={isSaving}
            onClick={() =>
              void saveOnTop().then((isSaved) => {
                if (isSaved) onSaved?.();
              })
            }
          >
            {texts.conflict.saveOnTop}
          </Button>
          <Button onClick={takeTheirs}>{texts.conflict.takeTheirs}</Button>
        </>
      }
    >
      <p>{parts.length === 0 ? texts.conflict.sameText : texts.conflict.text(parts)}</p>
    </Message>
  );
}

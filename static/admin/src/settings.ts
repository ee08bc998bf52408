import { useCallback, useState } from 'react';
import { SETTINGS_VERSION, type RoutingTarget, type SettingsDocument } from '../../../contract/admin';
import { call, type CallError } from './api';
import { useCall, type Source } from './use-call';

/** What is saved: `null` and version 0 while nothing is. */
export interface SavedSettings {
  settings: SettingsDocument | null;
  version: number;
}

/** One change to the settings, so made that it can be put on top of what somebody else saved meanwhile. */
export type Change = (settings: SettingsDocument | null) => SettingsDocument;

/** The parts of the settings that people know by name. */
export type SettingsPart = 'mappings' | 'rules' | 'catchAll' | 'people' | 'decisions';

/** A change that somebody else's came before. */
export interface Conflict {
  change: Change;
  /** What differs between what this page showed and what is saved now. */
  parts: SettingsPart[];
  theirs: SavedSettings;
}

/** The settings, and the way to change them. */
export interface SettingsStore extends Source<SavedSettings> {
  isSaving: boolean;
  error: CallError | undefined;
  conflict: Conflict | undefined;
  /** @returns whether it was saved. */
  save: (change: Change) => Promise<boolean>;
  /** Saves the change that came too late on top of the other's. */
  saveOnTop: () => Promise<boolean>;
  /** Forgets the change that came too late and shows what is saved. */
  takeTheirs: () => void;
}

/** Loads the settings and saves changes with the version that they were made from. */
export function useSettings(): SettingsStore {
  const source = useCall('getSettings', {});
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<CallError>();
  const [conflict, setConflict] = useState<Conflict>();
  const { loaded, reload } = source;
  const shown = loaded.state === 'ready' ? loaded.value : undefined;

  const saveFrom = useCallback(
    async (from: SavedSettings, change: Change): Promise<boolean> => {
      setSaving(true);
      setError(undefined);
      setConflict(undefined);
      const outcome = await call('saveSettings', { settings: change(from.settings), version: from.version });
      if (outcome.ok) await reload();
      else if (outcome.error.code === 'conflict') {
        const now = await call('getSettings', {});
        if (now.ok)
          setConflict({ change, theirs: now.value, parts: changedParts(from.settings, now.value.settings) });
        else setError(now.error);
      } else setError(outcome.error);
      setSaving(false);
      return outcome.ok;
    },
    [reload],
  );

  const save = useCallback(
    (change: Change) => (shown === undefined ? Promise.resolve(false) : saveFrom(shown, change)),
    [shown, saveFrom],
  );
  const saveOnTop = useCallback(
    () => (conflict === undefined ? Promise.resolve(false) : saveFrom(conflict.theirs, conflict.change)),
    [conflict, saveFrom],
  );
  const takeTheirs = useCallback(() => {
    setConflict(undefined);
    void reload();
  }, [reload]);

  return { ...source, isSaving, error, conflict, save, saveOnTop, takeTheirs };
}

/** Which parts differ between two versions. */
function changedParts(from: SettingsDocument | null, to: SettingsDocument | null): SettingsPart[] {
  const differs = (key: keyof SettingsDocument): boolean =>
    JSON.stringify(from?.[key]) !== JSON.stringify(to?.[key]);
  const parts: SettingsPart[] = (['mappings', 'rules', 'catchAll', 'people'] as const).filter(differs);
  const decisions = [
    ...['strictMode', 'denyNeedsReason', 'linkByEmail', 'suggestedReviewers', 'sendApproverEmail'],
    ...['approveWithinMinutes', 'denyWithinHours', 'auditDays', 'newIssuesPerHour'],
  ] as const;
  return decisions.some(differs) ? [...parts, 'decisions'] : parts;
}

/** The first settings of a site: everything goes to one place, and nobody decides in Jira yet. */
export function firstSettings(target: Pick<RoutingTarget, 'projectId' | 'issueTypeId'>): SettingsDocument {
  return {
    v: SETTINGS_VERSION,
    mappings: [],
    rules: [],
    catchAll: blankTarget(target),
    people: [],
    strictMode: false,
    sendApproverEmail: false,
    approveWithinMinutes: 15,
    denyWithinHours: 24,
  };
}

/** A target without anything beside its place. */
export function blankTarget({
  projectId,
  issueTypeId,
}: Pick<RoutingTarget, 'projectId' | 'issueTypeId'>): RoutingTarget {
  return {
    projectId,
    issueTypeId,
    labels: [],
    approvers: { groupIds: [], accountIds: [] },
    watchers: [],
    dueDate: false,
  };
}

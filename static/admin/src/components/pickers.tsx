import Select, { AsyncSelect, CreatableSelect } from '@atlaskit/select';
import { useMemo, useState, type ReactNode } from 'react';
import { call } from '../api';
import type { Names } from '../names';
import { texts } from '../texts';
import { Field } from './field';

/** Something to choose: what is stored and what is shown. */
export interface Choice {
  value: string;
  label: string;
}

const SEARCH_AFTER_MS = 200;

interface FieldProps {
  label: string;
  help?: ReactNode;
}

/** One of a few. */
export function ChoiceInput({
  label,
  help,
  choices,
  value,
  onChange,
  isClearable = false,
}: FieldProps & {
  choices: readonly Choice[];
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  isClearable?: boolean;
}) {
  return (
    <Field label={label} help={help}>
      {({ id, describedBy }) => (
        <Select<Choice>
          inputId={id}
          descriptionId={describedBy}
          options={choices}
          value={choices.find((choice) => choice.value === value) ?? null}
          onChange={(chosen) => {
            onChange(chosen?.value);
          }}
          isClearable={isClearable}
          placeholder={texts.common.choose}
          menuPosition="fixed"
          spacing="compact"
        />
      )}
    </Field>
  );
}

/** Some of a few, in the order in which they were chosen. */
export function ChoicesInput({
  label,
  help,
  choices,
  values,
  onChange,
}: FieldProps & {
  choices: readonly Choice[];
  values: readonly string[];
  onChange: (values: string[]) => void;
}) {
  const known = new Map(choices.map((choice) => [choice.value, choice]));
  return (
    <Field label={label} help={help}>
      {({ id, describedBy }) => (
        <Select<Choice, true>
          isMulti
          inputId={id}
          descriptionId={describedBy}
          options={choices}
          value={values.map((value) => known.get(value) ?? unknownChoice(value))}
          onChange={(chosen) => {
            onChange(chosen.map(({ value }) => value));
          }}
          placeholder={texts.common.choose}
          menuPosition="fixed"
          spacing="compact"
        />
      )}
    </Field>
  );
}

/** Any texts, for example patterns; each is ended by Enter. */
export function TextsInput({
  label,
  help,
  values,
  onChange,
  placeholder,
}: FieldProps & { values: readonly string[]; onChange: (values: string[]) => void; placeholder?: string }) {
  return (
    <Field label={label} help={help}>
      {({ id, describedBy }) => (
        <CreatableSelect<Choice, true>
          isMulti
          inputId={id}
          descriptionId={describedBy}
          options={[]}
          value={values.map((value) => ({ value, label: value }))}
          onChange={(chosen) => {
            onChange(chosen.map(({ value }) => value.trim()).filter((value) => value !== ''));
          }}
          formatCreateLabel={texts.common.addText}
          noOptionsMessage={() => texts.common.typeAndEnter}
          components={{ DropdownIndicator: null }}
          placeholder={placeholder ?? texts.common.any}
          menuPosition="fixed"
          spacing="compact"
        />
      )}
    </Field>
  );
}

/** Finds choices by what somebody types, a moment after the last key. */
type Search = (query: string) => Promise<Choice[]>;

function useDebounced(search: Search): Search {
  return useMemo(() => {
    let timer: number | undefined;
    let answerLast: ((choices: Choice[]) => void) | undefined;
    return (query) => {
      window.clearTimeout(timer);
      answerLast?.([]);
      return new Promise((resolve) => {
        answerLast = resolve;
        timer = window.setTimeout(() => {
          answerLast = undefined;
          void search(query).then(resolve);
        }, SEARCH_AFTER_MS);
      });
    };
  }, [search]);
}

function SearchInput({
  label,
  help,
  search,
  chosen,
  onChange,
}: FieldProps & {
  search: Search;
  chosen: readonly Choice[];
  onChange: (chosen: readonly Choice[]) => void;
}) {
  const debounced = useDebounced(search);
  return (
    <Field label={label} help={help}>
      {({ id, describedBy }) => (
        <AsyncSelect<Choice, true>
          isMulti
          inputId={id}
          descriptionId={describedBy}
          cacheOptions
          defaultOptions
          loadOptions={debounced}
          value={chosen}
          onChange={onChange}
          placeholder={texts.common.search}
          noOptionsMessage={() => texts.common.nothingFound}
          menuPosition="fixed"
          spacing="compact"
        />
      )}
    </Field>
  );
}

interface IdsProps extends FieldProps {
  names: Names;
  ids: readonly string[];
  onChange: (ids: string[]) => void;
}

/** Ids with the names that are known: those of the settings, and those that were found while choosing. */
function useLabels(names: (id: string) => string | undefined, isLoaded: boolean) {
  const [found, setFound] = useState<ReadonlyMap<string, string>>(new Map());
  return {
    choice: (id: string): Choice => {
      const label = found.get(id) ?? names(id);
      return label === undefined && isLoaded ? unknownChoice(id) : { value: id, label: label ?? id };
    },
    learn: (choices: readonly Choice[]) => {
      setFound(
        (before) => new Map([...before, ...choices.map(({ value, label }) => [value, label] as const)]),
      );
    },
  };
}

const unknownChoice = (value: string): Choice => ({ value, label: texts.common.unknownId(value) });

/** Groups of the site, found by name. */
export function GroupsInput({ names, ids, onChange, ...field }: IdsProps) {
  const { choice, learn } = useLabels((id) => names.groups.get(id), names.isLoaded);
  return (
    <SearchInput
      {...field}
      search={searchGroups}
      chosen={ids.map(choice)}
      onChange={(chosen) => {
        learn(chosen);
        onChange(chosen.map(({ value }) => value));
      }}
    />
  );
}

/** Active people of the site, found by name. */
export function PeopleInput({ names, ids, onChange, ...field }: IdsProps) {
  const { choice, learn } = useLabels((id) => {
    const person = names.people.get(id);
    return person === undefined || person.active ? person?.name : texts.common.inactive(person.name);
  }, names.isLoaded);
  return (
    <SearchInput
      {...field}
      search={searchPeople}
      chosen={ids.map(choice)}
      onChange={(chosen) => {
        learn(chosen);
        onChange(chosen.map(({ value }) => value));
      }}
    />
  );
}

/** One project of the site, found by name or key. */
export function ProjectInput({
  label,
  help,
  onChange,
}: FieldProps & { onChange: (projectId: string | undefined) => void }) {
  const debounced = useDebounced(searchProjects);
  return (
    <Field label={label} help={help}>
      {({ id, describedBy }) => (
        <AsyncSelect<Choice>
          inputId={id}
          descriptionId={describedBy}
          cacheOptions
          defaultOptions
          loadOptions={debounced}
          onChange={(chosen) => {
            onChange(chosen?.value);
          }}
          placeholder={texts.common.searchProject}
          noOptionsMessage={() => texts.common.nothingFound}
          menuPosition="fixed"
          spacing="compact"
        />
      )}
    </Field>
  );
}

async function searchGroups(query: string): Promise<Choice[]> {
  const outcome = await call('searchGroups', { query });
  return outcome.ok ? outcome.value.groups.map(({ id, name }) => ({ value: id, label: name })) : [];
}

async function searchPeople(query: string): Promise<Choice[]> {
  const outcome = await call('searchPeople', { query });
  return outcome.ok
    ? outcome.value.people.map(({ accountId, name }) => ({ value: accountId, label: name }))
    : [];
}

async function searchProjects(query: string): Promise<Choice[]> {
  const outcome = await call('searchProjects', { query });
  return outcome.ok
    ? outcome.value.projects.map((project) => ({ value: project.id, label: texts.common.project(project) }))
    : [];
}

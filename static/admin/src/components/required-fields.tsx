import type { FieldValue, RequiredField } from '../../../../contract/admin';
import { withEntry } from '../entries';
import { texts } from '../texts';
import { Message } from './message';
import { Section } from './page';
import { ChoiceInput, ChoicesInput } from './pickers';
import { TextInput } from './text-input';

type Values = Record<string, FieldValue>;

/** Fields that Jira wants in every new issue and the app knows nothing about: what to put into them. */
export function RequiredFields({
  fields,
  values,
  onChange,
}: {
  fields: readonly RequiredField[];
  values: Values;
  onChange: (values: Values) => void;
}) {
  const set = (id: string, value: FieldValue | undefined): void => {
    onChange(withEntry(values, id, value));
  };
  const unfillable = fields.filter(({ canFill }) => !canFill);
  return (
    <Section title={texts.required.title} lead={texts.required.lead}>
      {unfillable.length > 0 && (
        <Message tone="danger" title={texts.required.cannotFill(unfillable.map(({ name }) => name))} />
      )}
      <div className="grid">
        {fields
          .filter(({ canFill }) => canFill)
          .map((field) => (
            <FieldInput
              key={field.id}
              field={field}
              value={values[field.id]}
              onChange={(value) => {
                set(field.id, value);
              }}
            />
          ))}
      </div>
    </Section>
  );
}

function FieldInput({
  field,
  value,
  onChange,
}: {
  field: RequiredField;
  value: FieldValue | undefined;
  onChange: (value: FieldValue | undefined) => void;
}) {
  const { name, type, choices } = field;
  if (choices === undefined)
    return type === 'number' ? (
      <TextInput
        label={name}
        type="number"
        value={typeof value === 'number' ? String(value) : ''}
        onChange={(text) => {
          onChange(text === '' ? undefined : Number(text));
        }}
      />
    ) : (
      <TextInput
        label={name}
        type={type === 'date' ? 'date' : 'text'}
        value={typeof value === 'string' ? value : ''}
        onChange={(text) => {
          onChange(text === '' ? undefined : text);
        }}
      />
    );
  // What is stored may be an object, so that choices are told apart by their text.
  const options = choices.map((choice) => ({ value: JSON.stringify(choice.value), label: choice.label }));
  const valueOf = (key: string): FieldValue | undefined =>
    choices.find((choice) => JSON.stringify(choice.value) === key)?.value;
  if (type === 'array')
    return (
      <ChoicesInput
        label={name}
        choices={options}
        values={Array.isArray(value) ? value.map((each) => JSON.stringify(each)) : []}
        onChange={(keys) => {
          const chosen = keys.map(valueOf).filter((each) => each !== undefined);
          onChange(chosen.length === 0 ? undefined : chosen);
        }}
      />
    );
  return (
    <ChoiceInput
      label={name}
      choices={options}
      value={value === undefined ? undefined : JSON.stringify(value)}
      onChange={(key) => {
        onChange(key === undefined ? undefined : valueOf(key));
      }}
    />
  );
}

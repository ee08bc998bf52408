import Textfield from '@atlaskit/textfield';
import type { ReactNode } from 'react';
import { Field } from './field';

/** A line of text. */
export function TextInput({
  label,
  help,
  value,
  onChange,
  type = 'text',
  placeholder,
  maxLength,
}: {
  label: string;
  help?: ReactNode;
  value: string;
  onChange: (value: string) => void;
  type?: 'text' | 'number' | 'search' | 'date';
  placeholder?: string;
  maxLength?: number;
}) {
  return (
    <Field label={label} help={help}>
      {({ id, describedBy }) => (
        <Textfield
          id={id}
          isCompact
          type={type}
          value={value}
          aria-describedby={describedBy}
          placeholder={placeholder}
          maxLength={maxLength}
          onChange={({ currentTarget }) => {
            onChange(currentTarget.value);
          }}
        />
      )}
    </Field>
  );
}

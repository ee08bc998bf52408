import { Label } from '@atlaskit/form';
import { useId, type ReactNode } from 'react';

/** What a control needs to be known by its label and its help. */
export interface ControlIds {
  id: string;
  describedBy: string | undefined;
}

/** A control with its label above and its help below. */
export function Field({
  label,
  help,
  children,
}: {
  label: string;
  help?: ReactNode;
  children: (ids: ControlIds) => ReactNode;
}) {
  const id = useId();
  const helpId = `${id}help`;
  return (
    <div className="field">
      <Label htmlFor={id}>{label}</Label>
      {children({ id, describedBy: help === undefined ? undefined : helpId })}
      {help !== undefined && (
        <p id={helpId} className="help">
          {help}
        </p>
      )}
    </div>
  );
}

import ErrorIcon from '@atlaskit/icon/core/status-error';
import InformationIcon from '@atlaskit/icon/core/status-information';
import SuccessIcon from '@atlaskit/icon/core/status-success';
import WarningIcon from '@atlaskit/icon/core/status-warning';
import type { ReactNode } from 'react';

const ICONS = {
  information: InformationIcon,
  success: SuccessIcon,
  warning: WarningIcon,
  danger: ErrorIcon,
} as const;

/** A coloured box that tells of something; one in danger's colour is read out at once. */
export function Message({
  tone,
  title,
  children,
  actions,
}: {
  tone: keyof typeof ICONS;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  const Icon = ICONS[tone];
  return (
    <div className={`message ${tone}`} role={tone === 'danger' ? 'alert' : 'status'}>
      <span className="message-icon">
        <Icon label="" color="currentColor" />
      </span>
      <div className="message-body">
        <p className="message-title">{title}</p>
        {children}
        {actions !== undefined && <div className="actions">{actions}</div>}
      </div>
    </div>
  );
}

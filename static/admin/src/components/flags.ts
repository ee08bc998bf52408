import { showFlag } from '@forge/bridge';

let count = 0;

/** Tells of a success in Jira's own corner; it goes away by itself. */
export function tellSuccess(title: string): void {
  count++;
  showFlag({ id: `access-requests-${count}`, title, type: 'success', isAutoDismiss: true });
}

export { adminResolver } from './entry/admin';
export { issueResolver } from './entry/issue';
export { onBoardChange, onIssueChanged } from './entry/issue-changed';
export { relayInbox } from './entry/relay-inbox';
export { onSweepAll, onSweepMoves } from './entry/sweep';

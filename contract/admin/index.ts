/**
 * What the admin page and the app's admin resolver say to each other. The resolver checks on every call that the caller
 * administers Jira; secrets travel in one place only, the pairing token that is shown once.
 */
export * from './activity';
export * from './connections';
export * from './functions';
export * from './health';
export * from './overview';
export * from './projects';
export * from './routing';
export * from './set-up';
export * from './settings';

import { makeInvoke } from '@forge/bridge';
import type { AdminError, AdminFunctions, AdminResult } from '../../../contract/admin';

export type CallName = keyof AdminFunctions;
export type Payload<Name extends CallName> = AdminFunctions[Name]['payload'];
export type Value<Name extends CallName> = AdminFunctions[Name]['value'];

/** Why a call gave nothing: the app refused it, or it broke off on the way. */
export type CallError = AdminError | { code: 'unreachable' };
/** What became of a call. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; error: CallError };

/** The admin functions as the resolver defines them. */
type Resolver = { [Name in CallName]: (payload: Payload<Name>) => AdminResult<Value<Name>> };
type Calls = { [Name in CallName]: (payload: Payload<Name>) => Promise<AdminResult<Value<Name>>> };

const invoke = makeInvoke<Resolver>();

/** Each by name: the bridge's types know a call only when its name stands there. */
const calls: Calls = {
  getOverview: (payload) => invoke('getOverview', payload),
  getWizard: (payload) => invoke('getWizard', payload),
  listConnections: (payload) => invoke('listConnections', payload),
  createConnection: (payload) => invoke('createConnection', payload),
  confirmConnection: (payload) => invoke('confirmConnection', payload),
  rotateConnection: (payload) => invoke('rotateConnection', payload),
  revokeConnection: (payload) => invoke('revokeConnection', payload),
  choosePush: (payload) => invoke('choosePush', payload),
  countOlderRequests: (payload) => invoke('countOlderRequests', payload),
  startBackfill: (payload) => invoke('startBackfill', payload),
  getSettings: (payload) => invoke('getSettings', payload),
  saveSettings: (payload) => invoke('saveSettings', payload),
  testRule: (payload) => invoke('testRule', payload),
  searchProjects: (payload) => invoke('searchProjects', payload),
  getProject: (payload) => invoke('getProject', payload),
  getIssueType: (payload) => invoke('getIssueType', payload),
  checkPaths: (payload) => invoke('checkPaths', payload),
  listProjectRoles: (payload) => invoke('listProjectRoles', payload),
  searchGroups: (payload) => invoke('searchGroups', payload),
  searchPeople: (payload) => invoke('searchPeople', payload),
  nameObjects: (payload) => invoke('nameObjects', payload),
  listActivity: (payload) => invoke('listActivity', payload),
  getActivity: (payload) => invoke('getActivity', payload),
  exportActivity: (payload) => invoke('exportActivity', payload),
  listFailures: (payload) => invoke('listFailures', payload),
  retryRequest: (payload) => invoke('retryRequest', payload),
  retryAll: (payload) => invoke('retryAll', payload),
  getHealth: (payload) => invoke('getHealth', payload),
  listFilters: (payload) => invoke('listFilters', payload),
  createFilter: (payload) => invoke('createFilter', payload),
  setUpProject: (payload) => invoke('setUpProject', payload),
  checkManualSteps: (payload) => invoke('checkManualSteps', payload),
};

/** Calls a function of the app; never throws. */
export async function call<Name extends CallName>(
  name: Name,
  payload: Payload<Name>,
): Promise<Outcome<Value<Name>>> {
  try {
    return await calls[name](payload);
  } catch {
    // The bridge rejects when the function threw, ran out of time or could not be reached; its texts are not for people.
    return { ok: false, error: { code: 'unreachable' } };
  }
}

import { createSecureContext } from 'node:tls';
import { credentials, type ClientUnaryCall, type ServiceError } from '@grpc/grpc-js';
import { AccessRequestSort, AuthServiceClient } from '../../relay/src/teleport/gen/auth';
import {
  AccessRequestV3,
  AccessReview,
  RequestState,
  type AccessRequestSpecV3,
} from '../../relay/src/teleport/gen/types';
import type { KeyPair } from './pki';

/** What a person asks for. Times are moments. */
export interface AskedAccess {
  roles?: string[];
  reason?: string;
  resources?: { kind: string; name: string }[];
  maxDuration?: Date;
}

/** A person at the simulated cluster: everything goes over gRPC with mTLS under that person's identity. */
export class TeleportPerson {
  private readonly client: AuthServiceClient;

  constructor(
    readonly user: string,
    private readonly cluster: string,
    address: string,
    hostCaPem: string,
    identity: KeyPair,
  ) {
    const context = createSecureContext({
      ca: hostCaPem,
      cert: identity.certificate,
      key: identity.privateKey,
    });
    this.client = new AuthServiceClient(address, credentials.createFromSecureContext(context), {
      'grpc.ssl_target_name_override': 'teleport.cluster.local',
      'grpc.default_authority': 'teleport.cluster.local',
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
    });
  }

  /** Creates a request. @returns its id. */
  async request(asked: AskedAccess): Promise<string> {
    const resources = (asked.resources ?? []).map(({ kind, name }) => ({
      ClusterName: this.cluster,
      Kind: kind,
      Name: name,
      SubResourceName: '',
    }));
    const spec: Partial<AccessRequestSpecV3> = {
      User: this.user,
      Roles: asked.roles ?? [],
      RequestReason: asked.reason ?? '',
      RequestedResourceIDs: resources,
      MaxDuration: asked.maxDuration,
    };
    const message = AccessRequestV3.fromPartial({ Kind: 'access_request', Version: 'v3', Spec: spec });
    const created = await this.call<AccessRequestV3>((done) =>
      this.client.createAccessRequestV2(message, done),
    );
    return created.Metadata?.Name ?? '';
  }

  /** Reviews a request as this person. */
  async review(id: string, verdict: 'approve' | 'deny', reason = ''): Promise<AccessRequestV3> {
    const review = AccessReview.fromPartial({
      Author: this.user,
      ProposedState: verdict === 'approve' ? RequestState.APPROVED : RequestState.DENIED,
      Reason: reason,
    });
    return this.call((done) => this.client.submitAccessReview({ RequestID: id, Review: review }, done));
  }

  /** Sets the state of a request directly, as `tctl requests approve` does. */
  async setState(id: string, verdict: 'approve' | 'deny', reason = ''): Promise<void> {
    const state = verdict === 'approve' ? RequestState.APPROVED : RequestState.DENIED;
    const setter = { ID: id, State: state, Delegator: '', Reason: reason, Annotations: undefined, Roles: [] };
    await this.call((done) => this.client.setAccessRequestState(setter, done));
  }

  /** Removes a request. */
  async delete(id: string): Promise<void> {
    await this.call((done) => this.client.deleteAccessRequest({ ID: id }, done));
  }

  /** One request, or an error when it is not there. */
  async get(id: string): Promise<AccessRequestV3> {
    const [request] = await this.list(id);
    if (request === undefined) throw new Error(`access request ${id} not found`);
    return request;
  }

  /** All requests that this person may list. */
  async list(id = ''): Promise<AccessRequestV3[]> {
    const filter = {
      ID: id,
      User: '',
      State: RequestState.NONE,
      SearchKeywords: [],
      Scope: 0,
      Requester: '',
    };
    const all: AccessRequestV3[] = [];
    let startKey = '';
    do {
      const request = {
        Filter: filter,
        Sort: AccessRequestSort.DEFAULT,
        Descending: false,
        Limit: 1000,
        StartKey: startKey,
      };
      const page = await this.call<{ AccessRequests: AccessRequestV3[]; NextKey: string }>((done) =>
        this.client.listAccessRequests(request, done),
      );
      all.push(...page.AccessRequests);
      startKey = page.NextKey;
    } while (startKey !== '');
    return all;
  }

  close(): void {
    this.client.close();
  }

  private call<T>(
    start: (done: (error: ServiceError | null, answer: T) => void) => ClientUnaryCall,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      start((error, answer) => (error ? reject(error) : resolve(answer)));
    });
  }
}

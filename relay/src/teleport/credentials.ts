import type { Socket } from 'node:net';
import { ChannelCredentials, credentials, type CallCredentials, type experimental } from '@grpc/grpc-js';
import { messageOf } from '../errors';
import { validityProblem, type Identity } from './identity';
import { ConnectFailure, sentence } from './problems';
import type { Ways } from './ways';

/**
 * Client credentials by identity file: the identity is asked for at each connection attempt, so that a renewed one is used
 * by the next connection. gRPC connects to the first hop and hands the socket over; whatever must be put on top of it (a
 * tunnel, TLS, a WebSocket) is up to the way. Auth is recognised by the identity's host CAs and by its name, whatever address
 * it was reached at.
 */
export class IdentityCredentials extends ChannelCredentials {
  private lastProblem: string | undefined;
  private lastUsed: Identity | undefined;

  constructor(
    private readonly identity: () => Identity,
    private readonly ways: Ways,
  ) {
    super();
  }

  /** Why the last connection attempt failed, in words; `undefined` after one that worked, and before it was tried. */
  get problem(): string | undefined {
    return this.lastProblem;
  }

  /** The identity that the last successful connection was made with. */
  get inUse(): Identity | undefined {
    return this.lastUsed;
  }

  /** A new attempt begins: what was wrong with the last one may be wrong no longer. */
  forgetProblem(): void {
    this.lastProblem = undefined;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    _target: unknown,
    _options: unknown,
    callCredentials?: CallCredentials,
  ): experimental.SecureConnector {
    const forCalls = callCredentials ?? credentials.createEmpty();
    return {
      connect: (socket) => this.connect(socket),
      waitForReady: () => this.checkIdentity(),
      getCallCredentials: () => forCalls,
      destroy: () => undefined,
    };
  }

  /** Without a valid identity there is no reason to connect at all. */
  private checkIdentity(): Promise<void> {
    try {
      this.validIdentity();
      return Promise.resolve();
    } catch (error) {
      this.note(error);
      return Promise.reject(error instanceof Error ? error : new Error('no identity'));
    }
  }

  private validIdentity(): Identity {
    const identity = this.identity();
    const invalid = validityProblem(identity, Date.now());
    if (invalid !== undefined) throw new ConnectFailure(invalid);
    return identity;
  }

  private note(error: unknown): void {
    this.lastProblem = error instanceof ConnectFailure ? sentence(error.problem) : messageOf(error);
  }

  private async connect(socket: Socket): Promise<experimental.SecureConnectResult> {
    try {
      const identity = this.validIdentity();
      const secured = await this.ways.connect(socket, identity);
      this.lastProblem = undefined;
      this.lastUsed = identity;
      return { socket: secured, secure: true };
    } catch (error) {
      this.note(error);
      throw error;
    }
  }
}

import type { EventEmitter } from 'node:events';
import { constants, type ServerHttp2Session } from 'node:http2';

/** Pings that may come too early before the connection is ended (gRPC, keepalive enforcement: two strikes). */
const MAX_STRIKES = 2;
/** Time for the last frame to get out, in milliseconds. */
const LAST_FRAME_MS = 20;

/**
 * Ends connections whose client pings more often than every `minMs` milliseconds of the machine, with GOAWAY
 * `too_many_pings`, as a gRPC server with a keepalive policy does (Teleport: once a minute, with or without calls). A new call
 * takes earlier strikes back.
 *
 * @param server an HTTP/2 server, which emits `session`.
 */
export function enforceKeepalive(server: EventEmitter, minMs: number): void {
  server.on('session', (session: ServerHttp2Session) => {
    let strikes = 0;
    let lastPingAt = -Infinity;
    session.on('stream', () => {
      strikes = 0;
      lastPingAt = -Infinity;
    });
    session.on('ping', () => {
      const now = performance.now();
      if (now - lastPingAt < minMs) strikes += 1;
      lastPingAt = now;
      if (strikes <= MAX_STRIKES || session.closed) return;
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
      setTimeout(() => session.destroy(), LAST_FRAME_MS).unref();
    });
  });
}

import { status } from '@grpc/grpc-js';
import { TeleportError } from '../ports';
import { isMessageTooLarge, toTeleportError } from './errors-grpc';

const failed = (code: status, details = '') => ({ code, details, message: `${code}: ${details}` });

test.each<[status, TeleportError['code']]>([
  [status.CANCELLED, 'cancelled'],
  [status.UNKNOWN, 'unknown'],
  [status.INVALID_ARGUMENT, 'invalid'],
  [status.DEADLINE_EXCEEDED, 'unavailable'],
  [status.NOT_FOUND, 'not_found'],
  [status.ALREADY_EXISTS, 'exists'],
  [status.PERMISSION_DENIED, 'permission_denied'],
  [status.RESOURCE_EXHAUSTED, 'rate_limited'],
  [status.FAILED_PRECONDITION, 'conflict'],
  [status.UNIMPLEMENTED, 'unimplemented'],
  [status.INTERNAL, 'unknown'],
  [status.UNAVAILABLE, 'unavailable'],
])('gRPC code %d is %s', (code, ours) => {
  expect(toTeleportError('Ping', failed(code)).code).toBe(ours);
});

test('what is no gRPC error is unknown, and ours stays as it is', () => {
  expect(toTeleportError('Ping', new Error('surprise')).code).toBe('unknown');
  expect(toTeleportError('Ping', { code: 'EPIPE' }).code).toBe('unknown');
  expect(toTeleportError('Ping', undefined).code).toBe('unknown');
  const own = new TeleportError('conflict', 'x');
  expect(toTeleportError('Ping', own)).toBe(own);
});

test('the text of an unknown failure is not shown, since it may be a stack', () => {
  const error = toTeleportError('Ping', failed(status.UNKNOWN, 'panic: at /src/secret.go'));
  expect(error.message).toBe('Ping: Teleport failed');
});

test("Teleport's own words are one short line", () => {
  const error = toTeleportError('Ping', failed(status.INVALID_ARGUMENT, `a\nb\u202e${'c'.repeat(500)}`));
  expect(error.message).toMatch(/^Ping: Teleport calls it invalid \(a b c{1,200}…\)$/);
});

test('why the connection failed explains an unavailable server', () => {
  expect(toTeleportError('Ping', failed(status.UNAVAILABLE, 'x'), 'the certificate expired').message).toBe(
    'Ping: Teleport cannot be reached (the certificate expired)',
  );
});

test.each([
  [status.PERMISSION_DENIED, 'admin-level API request requires MFA verification', 'mfa_required'],
  [status.PERMISSION_DENIED, 'multi-factor authentication is needed', 'mfa_required'],
  [status.PERMISSION_DENIED, 'access denied for role mfarole', 'permission_denied'],
  [status.INVALID_ARGUMENT, 'MFA', 'invalid'],
])('MFA is told by code and words: %d %s', (code, details, ours) => {
  expect(toTeleportError('SetAccessRequestState', failed(code, details)).code).toBe(ours);
});

test('a page that is too large is told from a rate limit', () => {
  const details = 'Received message larger than max (5000000 vs 4194304)';
  expect(isMessageTooLarge(failed(status.RESOURCE_EXHAUSTED, details))).toBe(true);
  expect(isMessageTooLarge(failed(status.RESOURCE_EXHAUSTED, 'rate limit exceeded'))).toBe(false);
  expect(isMessageTooLarge(failed(status.INTERNAL, details))).toBe(false);
});

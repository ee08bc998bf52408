import type { ClientReadableStream } from '@grpc/grpc-js';

/** The stream brought more than its buffer takes while nobody read. */
export class StreamOverflow extends Error {
  override readonly name = 'StreamOverflow';
}

/**
 * Reads a stream at the speed of the server into a buffer, since Teleport cuts off slow readers, and gives the messages in
 * their order. It ends with the signal or with the stream; leaving the loop cancels the stream.
 *
 * @throws the stream's error, after the messages that came before it; `StreamOverflow` when `maxBuffered` messages wait.
 */
export async function* readStream<T>(
  stream: ClientReadableStream<T>,
  maxBuffered: number,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const buffer: T[] = [];
  let end: { error?: Error } | undefined;
  let wake: () => void = () => undefined;
  const finish = (how: { error?: Error }): void => {
    end ??= how;
    wake();
  };
  const onAbort = (): void => stream.cancel();
  stream
    .on('data', (message: T) => {
      if (buffer.length >= maxBuffered) {
        finish({ error: new StreamOverflow('too many messages wait to be read') });
        stream.cancel();
        return;
      }
      buffer.push(message);
      wake();
    })
    .on('error', (error: Error) => finish({ error }))
    .on('end', () => finish({}));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      if (signal.aborted) return;
      const message = buffer.shift();
      if (message !== undefined) {
        yield message;
        continue;
      }
      if (end !== undefined) {
        if (end.error !== undefined) throw end.error;
        return;
      }
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    stream.cancel();
  }
}

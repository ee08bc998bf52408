/** What Forge's tools log by: what matters to a reader goes to standard error, the rest nowhere. */
exports.logger = {
  error: (cause) => console.error(cause instanceof Error ? cause.message : cause),
  warn: (text) => console.error(text),
  info: (text) => console.error(text),
  debug: () => undefined,
  trace: () => undefined,
};

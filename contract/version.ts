/**
 * Version of the messages between app, relay and pages. Every body carries it as `v`; a receiver that does not
 * know it answers 426 (HTTP) or refuses the pairing token, and never guesses.
 */
export const CONTRACT_VERSION = 1;

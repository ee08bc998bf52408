/** What the process ends with; the help names them. */
export const EXIT = {
  done: 0,
  /** Something unexpected, stopped the hard way, or a check that failed. */
  failed: 1,
  /** Bad configuration or command line. */
  badConfiguration: 2,
  /** Given up at a question, by Ctrl-C or the end of input (128 + SIGINT, as shells have it). */
  interrupted: 130,
} as const;

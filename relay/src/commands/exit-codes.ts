/** What the process ends with; the help names them. */
export const EXIT = {
  done: 0,
  /** Something unexpected, stopped the hard way, or a check that failed. */
  failed: 1,
  /** Bad configuration or command line. */
  badConfiguration: 2,
} as const;

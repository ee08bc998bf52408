/**
 * Stands in for `@atlaskit/feature-gate-js-client`, which asks servers outside Jira's which experiments are on. All are off here;
 * what is called is what Atlaskit's components call.
 */
export default {
  checkGate: (): boolean => false,
  getExperimentValue: <T>(_experiment: string, _parameter: string, fallback: T): T => fallback,
  initializeCalled: (): boolean => true,
  initializeCompleted: (): boolean => true,
};

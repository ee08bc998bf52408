/**
 * Stands in for `iframe-resizer`, which `@forge/bridge` loads for one thing only, rendering documents by a page of Atlassian's. No page
 * here does that.
 */
export const iframeResizer = (): void => {
  throw new Error('Documents are not rendered here.');
};

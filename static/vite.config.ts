import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** Where error texts of packages send developers. Nobody reads them here, and a page of ours names no host that is not ours. */
const HELP_LINKS =
  /https?:\/\/(?:fb\.me|react\.dev|reactjs\.org|compiledcssinjs\.com|(?:go|developer)\.atlassian\.com)[^\s"'`)\\]*/g;

const withoutHelpLinks: Plugin = {
  name: 'without-help-links',
  renderChunk: (code) => ({ code: code.replace(HELP_LINKS, ''), map: null }),
};

/** How each page is built; the build step names its folder and where the result goes. Addresses are relative, as Forge asks. */
export default defineConfig({
  base: './',
  publicDir: false,
  cacheDir: join(import.meta.dirname, '..', '.cache', 'vite'),
  logLevel: 'warn',
  plugins: [withoutHelpLinks],
  resolve: {
    alias: [
      {
        find: /^@atlaskit\/feature-gate-js-client(?:\/.*)?$/,
        replacement: join(import.meta.dirname, 'shared', 'feature-gates.ts'),
      },
      { find: 'iframe-resizer', replacement: join(import.meta.dirname, 'shared', 'no-renderer.ts') },
    ],
  },
  build: {
    target: 'es2022',
    // Files alone: the policy lets neither styles nor scripts stand in the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

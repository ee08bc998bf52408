import { createRequire } from 'node:module';
import { z } from 'zod';

const THEMES = ['light', 'dark', 'spacing', 'typography', 'shape', 'motion'] as const;
const theme = z.object({ default: z.string() });
const load = createRequire(__filename);
let styles: string | undefined;

/**
 * The design tokens that a themed page gets, as CSS: Atlassian's own, from the package that its components use. Which of them hold is
 * told by attributes of the page's root element.
 */
export function tokenStyles(): string {
  styles ??= THEMES.map((name) => {
    const file: unknown = load(`@atlaskit/tokens/dist/cjs/artifacts/themes/atlassian-${name}`);
    return theme.parse(file).default;
  }).join('\n');
  return styles;
}

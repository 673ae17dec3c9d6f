import { createHash } from 'node:crypto';
import { Html } from './html.ts';

const style = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { border-left: 0.5rem solid; font-size: 1.5rem; padding-left: 0.75rem; }
h1.ready { border-color: #2e8b57; }
h1.unready { border-color: #d98e04; }
h1.dead { border-color: #c62828; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
dl { display: grid; gap: 0.25rem 1.5rem; grid-template-columns: max-content 1fr; margin: 0; }
dt, footer { opacity: 0.75; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8886; overflow-wrap: anywhere; padding: 0.35rem 1rem 0.35rem 0; text-align: left; }
footer { margin-top: 2.5rem; }
`;

/** The `style` element of the page. */
export const pageStyle = new Html(`<style>${style}</style>`);

/** The `content-security-policy` of the page: it loads nothing, runs nothing, and has no style but its own. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

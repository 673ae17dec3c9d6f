import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { accessibleTheme } from '../src/accessible-theme.ts';

const theme = dirname(createRequire(import.meta.url).resolve('vitepress/theme'));

function mended(component: string, code?: string): string | undefined {
  const path = join(theme, 'components', component);
  const { transform } = accessibleTheme();
  if (typeof transform !== 'function') throw new Error('No function');
  return transform.call({} as never, code ?? readFileSync(path, 'utf8'), path) as string | undefined;
}

it('has no button in the button of a group of the sidebar', () => {
  const template = mended('VPSidebarItem.vue')?.split('<style')[0] ?? '';
  expect(template).not.toContain('role="button"');
  expect(template.match(/tabindex/g)).toHaveLength(1);
});

it('has all of the first page in a landmark', () => {
  expect(mended('VPHome.vue')).toMatch(/<template>\s*<main\s[^]*<\/main>\s*<\/template>/);
});

it('leaves the other components', () => {
  expect(mended('VPDoc.vue')).toBeUndefined();
});

it('says which component has changed', () => {
  expect(() => mended('VPHome.vue', '<template><div/></template>')).toThrow(/VPHome\.vue has changed/);
});

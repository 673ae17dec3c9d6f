import type { Plugin } from 'vitepress';

/** What axe finds in the theme of VitePress 1.6.4, by component: the text that is wrong, and the one in its place. */
const mended: Readonly<Record<string, readonly (readonly [wrong: string, right: string])[]>> = {
  // A button within a button: the group around it does the same.
  'VPSidebarItem.vue': [
    ['role="button"\n        aria-label="toggle section"', 'aria-hidden="true"'],
    ['@keydown.enter="onCaretClick"\n        tabindex="0"', ''],
  ],
  // Text of a button that its name lacks: the style sheet shows it.
  'VPNavBarSearchButton.vue': [
    ['<kbd class="DocSearch-Button-Key">K</kbd>', '<kbd class="DocSearch-Button-Key" />'],
  ],
  // Content outside of all landmarks.
  'VPHome.vue': [
    ['<div \n    class="VPHome"', '<main\n    class="VPHome"'],
    ['  </div>\n</template>', '  </main>\n</template>'],
  ],
};

/** A Vite plugin that mends the theme. @throws Error where a component has changed */
export function accessibleTheme(): Plugin {
  return {
    name: 'accessible-theme',
    enforce: 'pre',
    transform(code, id) {
      const changes = Object.entries(mended).find(([component]) =>
        id.endsWith(`/components/${component}`),
      )?.[1];
      return changes?.reduce((text, [wrong, right]) => {
        if (!text.includes(wrong)) throw new Error(`${id} has changed: look whether axe finds anything`);
        return text.replace(wrong, right);
      }, code);
    },
  };
}

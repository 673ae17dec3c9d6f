import { expect, it } from 'vitest';
import { publishedManifest, withAbsoluteLinks } from '../published-manifest.ts';

it('leaves out what is of use in this repository alone', () => {
  const manifest = {
    name: '@worker-auth/example',
    exports: {
      '.': {
        '@worker-auth/source': './src/index.ts',
        types: './dist/index.d.ts',
        default: './dist/index.js',
      },
      './package.json': './package.json',
    },
    scripts: { build: 'tsup' },
    nx: { tags: [] },
    dependencies: { zod: '^4.0.0' },
    devDependencies: { '@worker-auth/internal': '0.0.0' },
  };
  expect(publishedManifest(manifest)).toEqual({
    name: '@worker-auth/example',
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    dependencies: { zod: '^4.0.0' },
  });
});

const place = {
  directory: 'packages/example',
  address: 'https://github.com/owner/name',
  isPacked: (path: string) => path === 'docs/runbook.md' || path === 'README.md',
};

it.each([
  ['another package', '[a](../other)', '.', '[a](https://github.com/owner/name/blob/main/packages/other)'],
  [
    'a place in another file',
    '[a](../other/README.md#part)',
    '.',
    '[a](https://github.com/owner/name/blob/main/packages/other/README.md#part)',
  ],
  [
    'what is not packed, from a folder',
    '[a](bad-days.md)',
    'docs',
    '[a](https://github.com/owner/name/blob/main/packages/example/docs/bad-days.md)',
  ],
  [
    'a picture that is not packed',
    '![a](./docs/a.svg)',
    '.',
    '![a](https://github.com/owner/name/raw/main/packages/example/docs/a.svg)',
  ],
])('makes a link to %s absolute', (_name, markdown, folder, expected) => {
  expect(withAbsoluteLinks(`See ${markdown}.`, folder, place)).toBe(`See ${expected}.`);
});

it.each([
  ['to what is packed', '[a](docs/runbook.md#code)', '.'],
  ['to what is packed, from a folder', '[a](../README.md)', 'docs'],
  ['within the page', '[a](#part)', '.'],
  ['elsewhere', '[a](https://example.com/a.md) [b](mailto:a@example.com)', '.'],
])('leaves a link alone %s', (_name, markdown, folder) => {
  expect(withAbsoluteLinks(markdown, folder, place)).toBe(markdown);
});

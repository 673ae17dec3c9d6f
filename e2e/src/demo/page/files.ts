import { readFile } from 'node:fs/promises';

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

const types = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'chart.js': 'text/javascript; charset=utf-8',
} as const;

/** All files of the page by their path; that of `page.html` is `/`. */
export async function readPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const files = Object.entries(types).map(async ([name, type]) => {
    const content = await readFile(new URL(name, import.meta.url));
    return [name === 'page.html' ? '/' : `/${name}`, { type, content }] as const;
  });
  return new Map(await Promise.all(files));
}

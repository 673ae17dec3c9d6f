const link = /(\]\()(?![a-z][a-z0-9+.-]*:|#)([^)#\s]+)(#[^)\s]*)?\)/gi;

/**
 * A text in Markdown with other relative links.
 *
 * @param folder where the text is, from the top of the repository
 * @param change gives the new target for a path from the top of the repository and an anchor (`#part`, or nothing); undefined leaves the link
 */
export function changeLinks(
  markdown: string,
  folder: string,
  change: (path: string, anchor: string) => string | undefined,
): string {
  return markdown.replace(link, (whole, open: string, target: string, anchor: string | undefined = '') => {
    const base = new URL(`file:///${folder}/`);
    const path = decodeURIComponent(new URL(target, base).pathname).slice(1);
    const changed = change(path, anchor);
    return changed === undefined ? whole : `${open}${changed})`;
  });
}

/**
 * Where people read a file of the repository, or a browser gets a picture of it.
 *
 * @param address of the repository, `https://github.com/owner/name`
 * @param path from its top
 */
export function repositoryLink(address: string, path: string, anchor = ''): string {
  return `${address}/${isPicture(path) ? 'raw' : 'blob'}/main/${path}${anchor}`;
}

/** Whether a file is shown in a page, so that it has to be the file itself and not a page about it. */
export function isPicture(path: string): boolean {
  return /\.(?:svg|png|gif|jpe?g|webp)$/i.test(path);
}

/**
 * Says to those who have a page read out which level each heading is of, where TypeDoc leaves levels out: it takes them by their size.
 *
 * @param html of a page
 */
export function withHeadingsInOrder(html: string): string {
  /** The headings that one stands below, from the first level on. */
  let above: readonly number[] = [];
  return html.replaceAll(/<h([1-6])(?=[\s>])/g, (tag, digit: string) => {
    const size = Number(digit);
    above = [...above.filter((each) => each < size), size];
    return above.length === size ? tag : `${tag} aria-level="${above.length}"`;
  });
}

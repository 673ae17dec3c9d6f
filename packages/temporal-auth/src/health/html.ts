const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML that may be sent as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: text, which is escaped, or HTML that was made by one. */
export type HtmlValue = string | number | Html | readonly Html[];

/** Makes HTML of a template, in elements and in attributes within quotes; text in it cannot become a part of the markup. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const shown = (value: HtmlValue | undefined): string => {
    if (value === undefined) return '';
    if (value instanceof Html) return value.text;
    return typeof value === 'object' ? value.map(({ text }) => text).join('') : escaped(String(value));
  };
  return new Html(parts.map((part, index) => part + shown(values[index])).join(''));
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

import ts from 'typescript';

/** A list of methods, for example. */
const namesAlone = /^\s*(?:\p{Lu}\w+\s*)+$/u;

/** What people read of a source: its docstrings, and the texts of its messages, log lines and help, of three words or more. */
export function textsOfSource(code: string): readonly string[] {
  const docstrings = [...code.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, text = '']) =>
    text
      .replaceAll(/\n\s*\*/g, '\n')
      .replaceAll(/\{@link (\w+)\S*\}/g, '`$1`')
      .replaceAll(/\s+(?=@\w)/g, '\n\n'),
  );
  return [...docstrings, ...messagesOfSource(code)];
}

/** The texts of its messages, log lines and help, of three words or more. */
export function messagesOfSource(code: string): readonly string[] {
  const messages: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) messages.push(node.text);
    else if (ts.isTemplateExpression(node))
      messages.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…'));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('a.ts', code, ts.ScriptTarget.Latest));
  const sentences = messages.filter((text) => text.split(/\s+/).length > 2 && !namesAlone.test(text));
  // Each line of a help text is a sentence of its own.
  return sentences.map((text) => text.replaceAll('\n', '\n\n'));
}

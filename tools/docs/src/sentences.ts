import MarkdownIt, { type Token } from 'markdown-it';

/** In words. */
const longest = 35;
/** In words: the mean of a page stays below. */
const meanBelow = 18;

/** Words of ours for which Temporal, OAuth or Node has one that readers know; and that one. */
const wordsToAvoid: readonly (readonly [pattern: RegExp, use: string])[] = [
  [/otherThan\b/, 'rejectedToken'],
  [/\btold to\b|\btells? of\b|\btold of\b/i, 'logged, shown, reported'],
  [/\b(?:takes?|took) (?:the|a|no|its|their) tokens?\b/i, 'accepts the token'],
  [/\b(?:tells?|told|telling) (?:the |an )?(?:outcome|result)s?\b/i, 'reports the result'],
  [/\boutcomes?\b(?= (?:of (?:an )?activit|held|redelivered|given up))/i, 'activity result'],
  [/\bliving tokens?\b|LiveTokens|\btokens? that (?:is|are) alive\b/i, 'valid tokens'],
  [/PlaceReport/, 'SourceReport'],
  [/\bpush(?:ed|ing) connections?\b|pushedOptions|pullingOptions/i, 'native connection, client connection'],
  [/\bproven credentials?\b|proofKey/i, 'credentials with a client assertion'],
  [/\bboot patience\b|patientSidecar/i, 'start-up retry'],
  [/\bwhose turn it is\b/i, 'who has to act'],
  [/\b(?:could|can|cannot) be had\b|\bto have it that\b/i, 'the thing itself'],
  [/\bwho(?:ever)? wants to\b|\bfor whoever\b/i, 'you'],
  [/\bledgers?\b|(?<!C:)\bparked\b/i, 'pending results'],
  [/\b(?:told|telling)\b|\btells?\b(?!.{0,20} apart)/i, 'reported, logged, says'],
  [/\banew\b/i, 'again'],
  [/\b(?:is|are|was|were|be) over\b/i, 'has ended, has expired, has passed'],
  [/\b(?:is|are|was|were|be) away\b/i, 'is unavailable'],
  [/\b(?:is|are|was|were) there(?=[,.;:)]| already| yet|$)/i, 'exists, has arrived'],
  [/\bby (?:turns|chance)\b/i, 'alternately, at random'],
  [/\bgiven up\b/i, 'abandoned, giving up on'],
  [/\binlined\b/i, 'internal'],
  [/\bwhoever\b/i, 'who it is'],
  [/\b(?:Http|Dapr|Probe)Answer\b/, 'response, result'],
];

/** A paragraph, an item of a list, a cell of a table. */
interface Text {
  readonly isSentences: boolean;
  readonly content: string;
}

const parser = new MarkdownIt();
const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** The sentences of a page: not its headings, tables and blocks of code. Code in a sentence is one word. */
export function sentencesOf(markdown: string): readonly string[] {
  return textsOf(markdown)
    .filter(({ isSentences }) => isSentences)
    .flatMap(({ content }) => [...segmenter.segment(content)].map(({ segment }) => segment.trim()));
}

/** What is wrong with the sentences of a page. */
export function faultsOfPage(markdown: string): readonly string[] {
  const counted = sentencesOf(markdown).map(wordsIn);
  const mean = counted.reduce((sum, words) => sum + words, 0) / counted.length;
  return [
    ...(mean >= meanBelow ? [`${mean.toFixed(1)} words a sentence, should be below ${meanBelow}`] : []),
    ...faultsOf(markdown),
  ];
}

/** What is wrong with the sentences of a text, and with its words, tables included. */
export function faultsOf(markdown: string): readonly string[] {
  const counted = sentencesOf(markdown).map((sentence) => ({ sentence, words: wordsIn(sentence) }));
  return [
    ...counted
      .filter(({ words }) => words > longest)
      .map(({ sentence, words }) => `${words} words, at most ${longest}: ${sentence}`),
    ...textsOf(markdown).flatMap(({ content }) =>
      wordsToAvoid.filter(([word]) => word.test(content)).map(([, use]) => `say "${use}": ${content}`),
    ),
  ];
}

function textsOf(markdown: string): readonly Text[] {
  const open: string[] = [];
  return parser.parse(markdown.replaceAll(/<!--.*?-->/gs, ''), {}).flatMap(({ type, nesting, children }) => {
    if (nesting === 1) open.push(type);
    if (nesting === -1) open.pop();
    if (type !== 'inline' || open.at(-1) === 'heading_open') return [];
    return { isSentences: !open.includes('table_open'), content: plainText(children ?? []) };
  });
}

/** Code and links start with a capital: a sentence may begin with them. */
function plainText(children: readonly Token[]): string {
  const parts = children.map(({ type, content }, index) => {
    if (type === 'code_inline') return `C:${content.replaceAll(/[\s.?!]/g, '_')}`;
    if (type === 'softbreak' || type === 'hardbreak') return ' ';
    return children[index - 1]?.type === 'link_open'
      ? content.replace(/^./, (first) => first.toUpperCase())
      : content;
  });
  return parts.join('');
}

function wordsIn(sentence: string): number {
  return sentence.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

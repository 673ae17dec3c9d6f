const fence = /^```(\w+)\n([\s\S]*?)^```$/gm;
const fences = /(?:^```(?:ts|python|go)\n[\s\S]*?^```\n\n?){2,}/gm;
const languages: Readonly<Record<string, string>> = { ts: 'TypeScript', python: 'Python', go: 'Go' };
const managers = ['npm', 'pnpm', 'yarn'] as const;

/**
 * A page in which installations have a tab for each package manager, and blocks of several languages that follow one another a tab for
 * each language.
 */
export function withTabs(markdown: string): string {
  const byLanguage = markdown.replaceAll(fences, (blocks) => {
    const found = [...blocks.matchAll(fence)].map(([, language = '', code = '']) => ({ language, code }));
    if (new Set(found.map(({ language }) => language)).size < found.length) return blocks;
    return group(found.map(({ language, code }) => [language, languages[language] ?? '', code]));
  });
  return byLanguage.replaceAll(/^```sh\n((?:npm install(?: .*)?\n)+)```$\n?/gm, (_block, code: string) =>
    group(managers.map((manager) => ['sh', manager, by(manager, code)])),
  );
}

function group(tabs: readonly (readonly [language: string, title: string, code: string])[]): string {
  const blocks = tabs.map(([language, title, code]) => `\`\`\`${language} [${title}]\n${code}\`\`\`\n`);
  return `::: code-group\n\n${blocks.join('\n')}\n:::\n`;
}

function by(manager: (typeof managers)[number], code: string): string {
  if (manager === 'npm') return code;
  return code
    .replaceAll(/^npm install --save-dev(?= )/gm, `${manager} add -D`)
    .replaceAll(/^npm install(?= \w| @)/gm, `${manager} add`)
    .replaceAll(/^npm install/gm, `${manager} install`);
}

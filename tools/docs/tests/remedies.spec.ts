import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { messagesOfSource } from '../src/source-texts.ts';

const workspace = join(import.meta.dirname, '../../..');
const protection = String.raw`(?:TLS|https|verif\w*|DPoP|that|checks?|certificates?|authentication)\b`;

/** What takes protection away. */
const weakenings = [
  /allowInsecureHttp|insecure|\bplain(?:text)? http\b|\bhttp in\b/i,
  /(?:tls|TLS|TLS_ENABLED)(?:=|: ?)(?:false|0|off)/,
  new RegExp(String.raw`\b(?:turn|switch)\b(?=[^.]*\boff\b)[^.]*\b${protection}`, 'i'),
  new RegExp(String.raw`\b(?:disable|skip)\b[^.]*\b${protection}`, 'i'),
  /\bset\b[^.]*(?:REJECT_UNAUTHORIZED|DISABLE_HOST_VERIFICATION|rejectUnauthorized)/i,
];

/** Texts that advise to take protection away, without the words that leave it to those who know. */
function weakeningAmong(texts: readonly string[]): string[] {
  return texts.filter(
    (text) => weakenings.some((weakening) => weakening.test(text)) && !text.includes('Only if you know'),
  );
}

describe('no advice takes protection away but from those who know', () => {
  it('in a message of a package: remedies of the doctor, of conditions and of errors', () => {
    const files = globSync(['packages/*/src/**/*.ts', 'tools/{calls,internal}/src/**/*.ts'], {
      cwd: workspace,
    });
    const texts = files.flatMap((file) => messagesOfSource(readFileSync(join(workspace, file), 'utf8')));
    expect(texts).toContain("Have it renewed, and check this host's clock.");
    expect(texts.filter((text) => text.includes('Only if you know')).length).toBeGreaterThan(0);
    expect(weakeningAmong(texts)).toEqual([]);
  });

  it('in an entry of the runbook', () => {
    const files = globSync('packages/temporal-auth/docs/runbook/*.md', { cwd: workspace });
    const paragraphs = files.flatMap((file) => readFileSync(join(workspace, file), 'utf8').split('\n\n'));
    expect(weakeningAmong(paragraphs)).toEqual([]);
  });
});

it.each([
  'Check the proxy, or turn TLS off here (http in the URL)',
  'Set TEMPORAL_TLS=false',
  'Leave it out, or give tls: false',
  'Set NODE_TLS_REJECT_UNAUTHORIZED=0',
  'Disable the verification of the host name',
])('advice that weakens is found: %s', (text) => {
  expect(
    weakeningAmong([text, `Only if you know that it is safe. ${text}`, 'Set TEMPORAL_TLS=true']),
  ).toEqual([text]);
});

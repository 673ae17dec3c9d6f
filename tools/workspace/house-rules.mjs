import tseslint from '@typescript-eslint/eslint-plugin';
import { builtinRules } from 'eslint/use-at-your-own-risk';
import { noCircles } from './no-circles.mjs';

const naming = tseslint.rules['naming-convention'];

/** What the rule asks a parser of typescript-eslint for; it only needs types for selectors that name some. */
const parserServices = { esTreeNodeToTSNodeMap: new Map(), tsNodeToESTreeNodeMap: new Map() };

/** `eslint-disable` says why, after ` -- `. */
const directiveReason = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { missing: 'Say after " -- " why the rule does not hold here.' },
  },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        const isDirective = /^\s*(?:eslint|oxlint)-disable/.test(comment.value);
        if (isDirective && !/\s--\s+\S/.test(comment.value))
          context.report({ loc: comment.loc, messageId: 'missing' });
      }
    },
  }),
};

/** The rules that oxlint does not have: those of AGENTS.md, and of ESLint. */
export default {
  meta: { name: 'house' },
  rules: {
    'directive-reason': directiveReason,
    'no-circles': noCircles,
    syntax: builtinRules.get('no-restricted-syntax'),
    rooms: builtinRules.get('no-restricted-imports'),
    naming: {
      ...naming,
      create(context) {
        const sourceCode = Object.create(context.sourceCode, { parserServices: { value: parserServices } });
        return naming.create(Object.create(context, { sourceCode: { value: sourceCode } }));
      },
    },
  },
};

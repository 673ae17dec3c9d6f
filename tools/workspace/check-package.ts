// The first part of `nx package-check <package>`: looks at what is published of the package in the current folder.
import { join } from 'node:path';
import { undeclaredImports } from './undeclared-imports.ts';

const problems = await undeclaredImports(join(process.cwd(), 'publish'));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

// The first part of `nx package-check <package>`: looks at what is published of the package in the current folder.
import { join } from 'node:path';
import { packageProblems } from './package-problems.ts';

const problems = await packageProblems(join(process.cwd(), 'publish'));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

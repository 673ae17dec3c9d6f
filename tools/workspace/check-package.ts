// The first part of `nx package-check <package>`: looks at what is published of the package in the current folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from './published-manifest.ts';
import { undeclaredImports, unknownConditions } from './undeclared-imports.ts';

const folder = join(process.cwd(), 'publish');
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
const problems = [...(await undeclaredImports(folder)), ...unknownConditions(manifest['exports'])];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

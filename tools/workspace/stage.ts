// `nx stage <package>`: puts together in `publish/` what is published of the package in the current folder.
import { join } from 'node:path';
import { stagePackage } from './stage-package.ts';

await stagePackage(process.cwd(), join(import.meta.dirname, '../..'));

/**
 * Third-party packages that the build compiles into whoever uses them, so that nobody installs them; docs/contributing/decisions.md has the reasons and the
 * figures. Each is a pinned devDependency of the package that uses it, and is named in what is published of that: see third-party.ts.
 */
export const bundledPackages = ['ky', 'zod'];

/**
 * The first page of the site: its title beside the picture of the README, and what that says to users.
 *
 * @param readme that of the repository
 * @throws Error when the README has no picture, or no section "Try it", before which its part for users ends
 */
export function homePage(readme: string): string {
  const [line = '', alt = '', picture] = /^!\[(.*)\]\(tools\/docs\/public\/(.*)\)\n\n/m.exec(readme) ?? [];
  if (picture === undefined) throw new Error('README.md has no picture of tools/docs/public');
  const [users = '', rest] = readme
    .replace(/^# .*\n/, '')
    .replace(line, '')
    .split('\n## Try it\n');
  if (rest === undefined) throw new Error('README.md has no section "Try it"');
  const frontMatter = {
    layout: 'home',
    hero: {
      name: 'worker-auth',
      text: 'OAuth2 for Temporal workers',
      image: { src: `/${picture}`, alt },
      tagline:
        'Running workers get each new token: without a restart, and without losing an activity result.',
      actions: [
        { theme: 'brand', text: 'Get started', link: '/guides/start-in-five-minutes' },
        { theme: 'alt', text: 'Add it to your worker', link: '/packages/temporal-auth/' },
      ],
    },
  };
  // JSON is YAML.
  return `---\n${JSON.stringify(frontMatter)}\n---\n\n## What it is\n${users}\n${next}`;
}

/** Links as in the README, beside which they are read. */
const next = `## Where next

- [Getting started in five minutes](docs/guides/start-in-five-minutes.md): a worker whose tokens expire, with nothing but Node.js and npm
- [Add it to your worker](packages/temporal-auth/README.md#add-it-to-your-worker): one plugin for the client and the worker
- [Examples](examples/README.md): a worker, a client only, own connections, Kubernetes, Python
- [Your OAuth server](docs/guides/providers.md): Keycloak, Auth0, Okta, Entra ID, Cognito and others
- [Temporal Cloud](docs/guides/temporal-cloud.md): an API key that rotates without a restart, and its end
- [On Kubernetes](docs/guides/kubernetes.md): Dapr, a secret store, and a rotation without a restart
- [When it does not work](packages/temporal-auth/docs/runbook.md): each alert, each check of the doctor, each error code
- [Migrate from the Python SDK](packages/temporal-auth/docs/migrate-from-python.md): names, options and errors, side by side
`;

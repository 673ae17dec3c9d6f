/** A part of the sidebar. */
export interface Section {
  readonly title: string;
  /** Paths and patterns from the top of the repository. The first that matches a page has it. */
  readonly pages: readonly string[];
}

const temporalAuth = 'packages/temporal-auth';

/** The sidebar, in the order in which a user needs it; the API reference stands before the contributors. */
export const sections: readonly Section[] = [
  {
    title: 'Start',
    pages: [
      'docs/guides/start-in-five-minutes.md',
      'docs/guides/how-it-works.md',
      'docs/guides/frameworks.md',
    ],
  },
  {
    title: 'Client and workers',
    pages: [
      `${temporalAuth}/README.md`,
      `${temporalAuth}/docs/plugin.md`,
      `${temporalAuth}/docs/client.md`,
      `${temporalAuth}/docs/workers.md`,
      `${temporalAuth}/docs/handle-errors.md`,
      `${temporalAuth}/docs/network.md`,
    ],
  },
  {
    title: 'Credentials',
    pages: [
      'docs/guides/providers.md',
      'docs/guides/providers/*.md',
      'docs/guides/temporal-cloud.md',
      'packages/token-manager/docs/client-authentication.md',
      'packages/secret-store/docs/dapr.md',
      'docs/guides/write-a-secret-back-end.md',
      'docs/guides/python-behind-the-proxy.md',
      'packages/agent/README.md',
      'packages/agent/docs/{agent,agent-readers}.md',
      'packages/agent/docs/agent-proxy.md',
    ],
  },
  {
    title: 'Rotation and outages',
    pages: [`${temporalAuth}/docs/rejected-tokens.md`, 'docs/measurements/bad-days.md'],
  },
  {
    title: 'Operating',
    pages: [
      'docs/guides/kubernetes.md',
      'docs/guides/container.md',
      'docs/guides/aws-lambda.md',
      'docs/guides/kubernetes/*.md',
      `${temporalAuth}/docs/{doctor,runbook,health}.md`,
      `${temporalAuth}/docs/runbook/*.md`,
      `${temporalAuth}/monitoring/*.md`,
      'components/README.md',
      'docs/guides/threat-model.md',
      'SECURITY.md',
    ],
  },
  { title: 'Examples', pages: ['examples/README.md', 'examples/*/README.md'] },
  { title: 'Testing', pages: ['docs/guides/test-with-the-fakes.md'] },
  {
    title: 'Migrating',
    pages: [
      `${temporalAuth}/docs/migrate-from-python.md`,
      'docs/guides/deviations.md',
      `${temporalAuth}/docs/compatibility.md`,
      `${temporalAuth}/CHANGELOG.md`,
      'packages/agent/CHANGELOG.md',
      'docs/policy.md',
    ],
  },
  {
    title: 'Reference',
    pages: [
      'docs/reference/*.md',
      `${temporalAuth}/docs/{errors,log-events,metrics}.md`,
      'packages/*/docs/reference.md',
    ],
  },
  ...['token-manager', 'secret-store', 'refresh-scheduler', 'testing-fakes'].map((name) => ({
    title: name,
    pages: [`packages/${name}/README.md`, `packages/${name}/docs/*.md`, `packages/${name}/CHANGELOG.md`],
  })),
  { title: 'Measurements', pages: ['docs/measurements/README.md', 'docs/measurements/*.md'] },
  {
    title: 'Contributing',
    pages: ['CONTRIBUTING.md', 'README.md', 'docs/contributing/*.md', 'CODE_OF_CONDUCT.md'],
  },
];

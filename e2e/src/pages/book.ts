/** How a page is read, where its words alone do not say it. */
export interface PagePlan {
  /** The project that its first blocks are for, from the top of the repository. Default an empty folder. */
  readonly project?: string;
  /** The file of a diff that names none. */
  readonly diffIsFor?: string;
  /** Headings at which the reader begins with an empty folder. */
  readonly newFolderAt?: readonly string[];
  /** Files that the page takes for granted, since they are the reader's own. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the page says that a reader has done before: the commands below a heading of another page. */
  readonly before?: readonly { readonly path: string; readonly section: string }[];
  /** The oldest Node that it names, where it has no TypeScript that Node runs. Default the first one on which CommonJS loads the packages. */
  readonly oldestNode?: '22';
  /** Blocks that the reader leaves out, by how they begin, each with its reason. */
  readonly notRun?: Readonly<Record<string, string>>;
}

const helloWorld = 'e2e/consumers/hello-world';
const commonEnvironment = { path: 'examples/README.md', section: 'With your servers' };

/** A suite of the reader's, which does what the page says that it may. */
const suite = `
import json, os, urllib.error, urllib.request

def post(url, body):
    return urllib.request.urlopen(urllib.request.Request(url, body, {'content-type': 'application/json'}))

fault = json.dumps({'server': 'oauth', 'fault': 'unavailable503', 'times': 2}).encode()
post(os.environ['TESTING_FAKES_CONTROL'] + '/inject-fault', fault)
try:
    post(os.environ['ATLAN_WORKFLOW_AUTH_URL'], b'')
    raise SystemExit('no fault')
except urllib.error.HTTPError as error:
    assert error.code == 503, error.code
`;

/** The first screens: what each change must pass reads them. */
export const firstScreens: Readonly<Record<string, PagePlan>> = {
  'packages/temporal-auth/README.md': { project: helloWorld, newFolderAt: ['A worker from nothing'] },
  'README.md': {
    project: helloWorld,
    diffIsFor: 'src/worker.ts',
    notRun: { 'npm start   #': 'in a clone: `demo.spec.ts` runs the first, and the second runs this' },
  },
  'packages/token-manager/README.md': {},
  'packages/refresh-scheduler/README.md': { notRun: { 'delay  =': 'a formula' } },
  'packages/secret-store/README.md': {},
  'packages/testing-fakes/README.md': { files: { 'suite.py': suite } },
  'examples/README.md': {},
  'examples/worker/README.md': { project: 'examples/worker', before: [commonEnvironment] },
  'examples/client-only/README.md': { project: 'examples/client-only', before: [commonEnvironment] },
  'examples/own-connections/README.md': { project: 'examples/own-connections', before: [commonEnvironment] },
  'examples/secret-back-end/README.md': { project: 'examples/secret-back-end', before: [commonEnvironment] },
};

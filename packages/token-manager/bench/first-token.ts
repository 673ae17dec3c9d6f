import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Endpoint } from './contenders.ts';
import { median } from './median.ts';

const runs = 21;

/** What a program does for its first token, with `tokenUrl`, `clientId` and `clientSecret` given. */
const programs: Readonly<Record<string, string>> = {
  '@worker-auth/token-manager': `
    const { TokenManager } = await import('@worker-auth/token-manager');
    const tokens = new TokenManager({ tokenUrl, credentials: { clientId, clientSecret } });
    await tokens.getToken();`,
  'openid-client': `
    const openid = await import('openid-client');
    const server = { issuer: 'https://issuer.example', token_endpoint: tokenUrl };
    const configuration = new openid.Configuration(server, clientId, undefined, openid.ClientSecretPost(clientSecret));
    openid.allowInsecureRequests(configuration);
    await openid.clientCredentialsGrant(configuration);`,
};

/**
 * Milliseconds from the import to the first token in a new process, by package: the median of the runs. The packages take turns, so that other
 * load on the machine hits all alike.
 */
export async function firstTokens(endpoint: Endpoint): Promise<ReadonlyMap<string, number>> {
  const samples = new Map<string, number[]>(Object.keys(programs).map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, values] of samples) values.push(await firstToken(programs[name] ?? '', endpoint));
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

async function firstToken(program: string, endpoint: Endpoint): Promise<number> {
  const text = `
    const { tokenUrl, clientId, clientSecret } = ${JSON.stringify(endpoint)};
    const start = performance.now();
    ${program}
    process.stdout.write(String(performance.now() - start));`;
  const options = { cwd: import.meta.dirname, encoding: 'utf8' } as const;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', text],
    options,
  );
  return Number(stdout);
}

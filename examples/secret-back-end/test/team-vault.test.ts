import { LoopbackServer, registerContract, secretStoreContract } from '@worker-auth/testing-fakes';
import { describe, it } from 'node:test';
import { teamVault } from '../src/team-vault.ts';

type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

const apiKey = 'a key of this test';

/** The vault's interface, as far as we use it, with what may be wrong with it. */
class VaultServer {
  secrets: Secrets;
  trouble: 'none' | 'broken' | 'silent' | 'malformed' = 'none';
  reads = 0;
  #server: LoopbackServer | undefined;

  constructor(secrets: Secrets) {
    this.secrets = secrets;
  }

  async start(): Promise<string> {
    this.#server = await LoopbackServer.start((request, response) => {
      this.reads++;
      if (this.trouble === 'silent') return;
      const name = decodeURIComponent(request.url?.replace('/v1/secrets/', '') ?? '');
      response.statusCode = this.#status(name, request.headers['x-api-key']);
      const entries = Object.entries(this.secrets[name] ?? {}).map(([key, value]) => ({ key, value }));
      response.end(this.trouble === 'malformed' ? '<html>' : JSON.stringify({ entries }));
    });
    return this.#server.url;
  }

  #status(name: string, givenKey: unknown): number {
    if (this.trouble === 'broken') return 503;
    if (this.trouble === 'malformed') return 200;
    if (givenKey !== apiKey) return 401;
    return Object.hasOwn(this.secrets, name) ? 200 : 404;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }
}

const cases = secretStoreContract({
  shape: 'map',
  canFail: true,
  canMend: true,
  canHang: true,
  canAnswerMalformed: true,
  canCountReads: true,
  create: async (secrets) => {
    const vault = new VaultServer(secrets);
    const store = teamVault({ url: await vault.start(), apiKey, timeoutMs: 1_000 });
    return {
      store,
      replace: (next) => void (vault.secrets = next),
      break: () => void (vault.trouble = 'broken'),
      mend: () => void (vault.trouble = 'none'),
      hang: () => void (vault.trouble = 'silent'),
      answerMalformed: () => void (vault.trouble = 'malformed'),
      reads: () => vault.reads,
      dispose: () => vault.stop(),
    };
  },
});

registerContract('the vault of our platform', cases, { describe, it });

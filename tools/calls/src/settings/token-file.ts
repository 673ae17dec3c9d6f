import { fileTokenSource, type GetTokenOptions, type TokenSource } from '@worker-auth/token-manager';

/** The token itself in a file, which is read again when it is due and when it is rejected: for `temporalAuth({ tokens })`. */
export function tokenFile(path: string): TokenSource {
  return new TokenFile(path);
}

/** A token file: a source for itself, and the path for a plugin, which opens the file with its own clock. */
export class TokenFile implements TokenSource {
  readonly path: string;
  readonly #source: TokenSource;

  constructor(path: string) {
    this.#source = fileTokenSource(path);
    this.path = path;
  }

  getToken(options?: GetTokenOptions): Promise<string> {
    return this.#source.getToken(options);
  }

  peek(): string | undefined {
    return this.#source.peek();
  }

  subscribe(listener: (token: string) => void): () => void {
    return this.#source.subscribe(listener);
  }
}

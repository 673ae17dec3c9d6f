import type { CliOption } from './command.ts';

/** @param port the default */
export function portFlag(port: number): CliOption {
  return {
    type: 'string',
    value: 'number',
    description: `where it listens; default ${port}, 0 for any that is free`,
  };
}

/** Of every server. */
export const tlsFlag: CliOption = {
  type: 'boolean',
  description: 'serve TLS, with a certificate of an authority of its own, which is printed',
};

/** What a person needs of a server with `--tls`. */
export function authorityLines(caCertificate: string | undefined): readonly string[] {
  return caCertificate === undefined ? [] : ['the authority to trust:', caCertificate.trim()];
}

import { readTokenUrl } from '@worker-auth/token-manager';
import { isIP } from 'node:net';

/** What a header can hold (RFC 9110 section 5.5), without white space. */
export const visibleAscii = /^[\x21-\x7e]+$/;

export interface Format<T> {
  /** The value, or `undefined` for a text that makes no sense. */
  readonly parse: (text: string) => T | undefined;
  /** What it must be, for the message about a bad value. */
  readonly expected: string;
}

export const anyText: Format<string> = {
  parse: (text) => (text.trim() === '' ? undefined : text),
  expected: 'a text that is not empty',
};

export const filePath: Format<string> = { ...anyText, expected: 'the path of a file' };

export const yesOrNo: Format<boolean> = {
  parse: (text) => {
    const isOn = /^(?:true|1|yes|y|on|enabled)$/i.test(text);
    return isOn || /^(?:false|0|no|n|off|disabled)$/i.test(text) ? isOn : undefined;
  },
  expected: 'true or false',
};

export const hostName: Format<string> = {
  // An underscore is no letter of a host name, but container networks have such names.
  parse: (text) =>
    isIP(text) !== 0 || /^\w(?:[\w-]*\w)?(?:\.\w(?:[\w-]*\w)?)*\.?$/.test(text) ? text : undefined,
  expected: 'a host name or an address, with neither scheme nor port',
};

export const portNumber: Format<number> = {
  // Digits alone: Number() takes hexadecimal and exponents as well.
  parse: (text) =>
    /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535 ? Number(text) : undefined,
  expected: 'a port from 1 to 65535',
};

export const namespaceName: Format<string> = {
  parse: (text) => (visibleAscii.test(text) ? text : undefined),
  expected: 'the name of a Temporal namespace',
};

/** One of these words. */
export function oneOf<T extends string>(...words: readonly T[]): Format<T> {
  return { parse: (text) => words.find((word) => word === text), expected: `one of ${words.join(', ')}` };
}

/** @param what is at the URL */
export function secureUrl(what: string, allowInsecureHttp = false): Format<string> {
  const exception = allowInsecureHttp ? '' : ' (http only to this host itself)';
  return {
    parse: (text) => ('url' in readTokenUrl(text, allowInsecureHttp) ? text : undefined),
    expected: `the https URL of ${what}, with neither user information nor fragment${exception}`,
  };
}

/** `host:port`, `host` or `[address]:port`: its parts as texts; both are empty for anything else. */
export function partsOfAddress(text: string): { readonly host: string; readonly port: string } {
  const [, name = '', port = '7233'] = /^(\[[^[\]]+\]|[^:[\]]+)(?::(.*))?$/.exec(text) ?? [];
  const host = name.replace(/[[\]]/g, '');
  const isAddress = hostName.parse(host) !== undefined && portNumber.parse(port) !== undefined;
  return isAddress ? { host, port } : { host: '', port: '' };
}

/** Signs that an encoding, a path, a template, a parser or a terminal would take for something else. */
const signs = Array.from(' +%?&=#/\\:@*[](){}<>-_.,;!~^|\'"`$€üÅßİ𝒳日𝄞e\u0301');
const controls = Array.from('\t\r\n\0\u007f\u00a0\u2028\u200b\u202e');
const letters = Array.from('abcxyzABCXYZ0123456789');
const pairs = ['${HOME}', '%41', '\\n', '\\u0041', '&amp;', '{{x}}', '\r\n', '$1', '%s', '=='];

/**
 * A course of decisions that is the same at each run: what a case found once it finds again.
 *
 * The generator is mulberry32.
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number, 0 or more and below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  /** True once in `times`, on average. */
  onceIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  /** A name of letters and signs, which may begin or end with a sign. */
  name(): string {
    return `${this.#parts(this.below(2), [signs])}n${this.#parts(2 + this.below(8), [letters, signs])}z${this.#parts(this.below(2), [signs])}`;
  }

  /** Another name, which differs only by capitals, white space or the forms of letters. */
  twinOf(name: string): string {
    const forms = ['NFC', 'NFD', 'NFKC'].map((form) => name.normalize(form));
    const twins = [name.toUpperCase(), name.toLowerCase(), name.trim(), `${name} `, `\t${name}`, ...forms];
    return this.pick([`${name}  `, ...twins.filter((twin) => twin !== name)]);
  }

  /** A value of anything but a byte order mark and line breaks at its ends, which files have of their own. */
  value(): string {
    return `${this.#parts(this.below(2), [signs, pairs])}v${this.#parts(this.below(24), [letters, signs, controls, pairs])}${this.pick(['v', '=', ' '])}`;
  }

  /** A text that nothing else has in it, of the letters and signs of a client secret. */
  secret(): string {
    return this.#parts(24, [
      Array.from('BCDFGHJKLMNPQRSTVWXZ'),
      Array.from('bcdfghjklmnpqrstvwxz23456789'),
      Array.from('%+/=:.-_~!*&'),
    ]);
  }

  #parts(count: number, alphabets: readonly (readonly string[])[]): string {
    return Array.from({ length: count }, () => {
      const alphabet = alphabets[this.below(alphabets.length)] ?? [];
      return alphabet[this.below(alphabet.length)] ?? '';
    }).join('');
  }
}

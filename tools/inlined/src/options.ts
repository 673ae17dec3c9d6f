/** @throws TypeError for a value that is not one of the choices; `undefined` is none */
export function checkChoice<T extends string>(
  name: string,
  value: T | undefined,
  choices: readonly T[],
): void {
  if (value === undefined || choices.includes(value)) return;
  throw new TypeError(`${name} must be one of ${choices.join(', ')}; received ${value}`);
}

/** @throws TypeError for anything but a function */
export function checkFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new TypeError(`${name} must be a function; received ${typeof value}`);
}

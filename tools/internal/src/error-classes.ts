type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Gives the error classes of a package their names, which a minifier would change, and an `instanceof` that holds for another copy of the package
 * too, as npm installs it beside one of another version. Classes that users derive are compared as usual.
 *
 * @param subject of the package: the brand is `worker-auth.SUBJECT.NAME`, the same in each copy
 */
export function brandErrors(subject: string, classes: Readonly<Record<string, ErrorClass>>): void {
  for (const [name, errorClass] of Object.entries(classes)) {
    const brand = Symbol.for(`worker-auth.${subject}.${name}`);
    Object.defineProperty(errorClass.prototype, brand, { value: true });
    Object.defineProperties(errorClass, {
      name: { value: name },
      [Symbol.hasInstance]: {
        value(this: unknown, error: unknown): boolean {
          if (this !== errorClass) return Function.prototype[Symbol.hasInstance].call(this, error);
          return typeof error === 'object' && error !== null && isBranded(error, brand);
        },
      },
    });
  }
}

/** By what it inherits, as `instanceof` does: a Proxy may say that it has anything. */
function isBranded(error: object, brand: symbol): boolean {
  for (let proto = Reflect.getPrototypeOf(error); proto !== null; proto = Reflect.getPrototypeOf(proto))
    if (Object.hasOwn(proto, brand)) return true;
  return false;
}

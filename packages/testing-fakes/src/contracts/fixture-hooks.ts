/**
 * Refuses a fixture that has not the optional hooks which its setup announced, or has others: the list of cases is made of what
 * the setup says, so a hook that is not announced would leave cases out in silence.
 *
 * @param announced the name of each optional hook, and whether the setup says that fixtures have it
 * @throws TypeError that names the hook
 */
export function checkHooks(fixture: object, announced: Readonly<Record<string, boolean | undefined>>): void {
  for (const [hook, isAnnounced = false] of Object.entries(announced)) {
    const isThere = (fixture as Readonly<Record<string, unknown>>)[hook] !== undefined;
    if (isThere === isAnnounced) continue;
    throw new TypeError(
      isThere
        ? `The fixture has ${hook}, which the setup does not announce: the cases that need it are left out`
        : `The setup announces ${hook}, which the fixture does not have`,
    );
  }
}

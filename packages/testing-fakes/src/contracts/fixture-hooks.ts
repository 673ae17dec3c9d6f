export type WithHooks<Fixture, Hook extends keyof Fixture> = Fixture & Required<Pick<Fixture, Hook>>;

interface Disposable {
  readonly dispose?: (() => void | Promise<void>) | undefined;
}

/**
 * Rejects a fixture, and disposes of it, that has not the optional hooks which its setup announced, or has others. The list of cases is made of what
 * the setup says, so a hook that is not announced would leave cases out in silence.
 *
 * @param announced the name of each optional hook, and whether the setup says that fixtures have it
 * @returns the fixture; no case is in the list that needs a hook which it has not
 * @throws TypeError that names the hook
 */
export async function withHooks<Fixture extends Disposable, Hook extends keyof Fixture & string>(
  fixture: Fixture,
  announced: Readonly<Record<Hook, boolean | undefined>>,
): Promise<WithHooks<Fixture, Hook>> {
  for (const [hook, isAnnounced = false] of Object.entries<boolean | undefined>(announced)) {
    const isThere = fixture[hook as Hook] !== undefined;
    if (isThere === isAnnounced) continue;
    await fixture.dispose?.();
    throw new TypeError(
      isThere
        ? `The fixture has ${hook}, which the setup does not announce: the cases that need it are left out`
        : `The setup announces ${hook}, which the fixture does not have`,
    );
  }
  return fixture as WithHooks<Fixture, Hook>;
}

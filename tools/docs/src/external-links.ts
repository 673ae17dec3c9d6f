const timeoutMs = 20_000;

/**
 * Asks other hosts for what the site leads to.
 *
 * @returns the addresses that gave no good answer, each with what came instead
 */
export async function unreachable(addresses: readonly string[]): Promise<readonly string[]> {
  const faults = await Promise.all(addresses.map((address) => ask(address)));
  return faults.flatMap((fault, index) => (fault === undefined ? [] : [`${addresses[index]}: ${fault}`]));
}

async function ask(address: string): Promise<string | undefined> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(timeoutMs) });
    await response.body?.cancel();
    return response.ok ? undefined : `answered with ${response.status}`;
  } catch (error) {
    const { message, cause } = error as Error;
    return cause instanceof Error ? cause.message : message;
  }
}

import { currentTenant } from './activity-interceptors.js';

/** Asks the price list, a service of its own, for the price that this tenant pays. */
export async function priceOf(item: string): Promise<bigint> {
  const response = await fetch(new URL(item, process.env['PRICE_LIST_URL']), {
    headers: { 'x-tenant': currentTenant() ?? '' },
  });
  if (!response.ok) throw new Error(`The price list answered with ${response.status}`);
  return BigInt(await response.text());
}

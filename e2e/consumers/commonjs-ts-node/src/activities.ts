export async function totalOf(amounts: readonly number[]): Promise<number> {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

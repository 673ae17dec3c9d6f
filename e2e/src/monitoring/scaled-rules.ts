/**
 * Rules in which everything takes a fraction of the time: the windows, and how long an alert is pending.
 *
 * @param rules the text of `alerts.yaml`
 */
export function scaledRules(rules: string, factor: number): string {
  return rules.replaceAll(/\b(\d+)m\b/g, (_, minutes) => `${(Number(minutes) * 60_000) / factor}ms`);
}

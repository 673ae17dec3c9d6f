/**
 * Rules in which everything takes a fraction of the time: the windows, how long an alert is pending, and how near the end of a token is.
 *
 * @param rules the text of `alerts.yaml`
 */
export function scaledRules(rules: string, factor: number): string {
  const scaled = (seconds: number): string => `${(seconds * 1_000) / factor}ms`;
  return rules
    .replaceAll(/\b(\d+)m\b/g, (_, minutes) => scaled(Number(minutes) * 60))
    .replaceAll(
      /(time\(\) < )(\d+)/g,
      (_, before: string, seconds) => `${before}${Number(seconds) / factor}`,
    );
}

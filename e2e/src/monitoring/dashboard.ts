interface Dashboard {
  readonly panels: readonly Panel[];
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** What a panel of a dashboard asks Prometheus for. */
export interface DashboardQuery {
  readonly panel: string;
  readonly expression: string;
}

/**
 * What a dashboard asks for, with "All" chosen for each of its variables.
 *
 * @param rateInterval in place of Grafana's own
 */
export function dashboardQueries(dashboard: string, rateInterval: string): readonly DashboardQuery[] {
  const { panels } = JSON.parse(dashboard) as Dashboard;
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      panel: title,
      expression: expr.replaceAll('$__rate_interval', rateInterval).replaceAll(/\$\w+/g, '.*'),
    })),
  );
}

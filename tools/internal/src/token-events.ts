/** The names of the events of a `TokenManager`. */
export const tokenEvents = {
  tokenRefreshed: true,
  refreshFailed: true,
  credentialsRejected: true,
  tokenExpired: true,
  credentialsRead: true,
  tokenRequested: true,
} as const;

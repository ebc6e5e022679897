/** Timeouts of every SDK client in the functions. By default the SDK waits for ever on a silent connection, even within a
 * body, until Lambda ends the function. Every byte that arrives restarts the socket timeout. */
export const AWS_PATIENCE = {
  requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
} as const;

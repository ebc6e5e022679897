/** How long the functions wait for AWS: settings of every SDK client of theirs. The SDK itself waits for ever for a connection that has
 * fallen silent, be it within a body, and the function would be ended with it. Bytes that move, however slowly, start the time again. */
export const AWS_PATIENCE = {
  requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
} as const;

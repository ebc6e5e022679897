/** Why the local AWS could not be installed, started or deployed to: one message that says what to install or set. */
export class LocalAwsError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalAwsError';
  }
}

import type { FastifyError, FastifyInstance } from 'fastify';
import { OAuthError } from '../client-authentication.ts';
import type { Json } from '../json.ts';

/** An error as every SecureAuth API but the token endpoint reports it: `{status_code, error, error_code, details}`. */
export class ApiError extends Error {
  readonly status: number;
  readonly errorCode: string;
  readonly details: Json;

  constructor(status: number, errorCode: string, message: string, details: Json = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.errorCode = errorCode;
    this.details = details;
  }
}

/** Error codes for errors that Fastify or a fault raises. */
const ERROR_CODES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  401: 'invalid_access_token',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'request_entity_too_large',
  422: 'unprocessable_entity',
  429: 'too_many_requests',
};

export const errorBody = (
  status: number,
  message: string,
  errorCode = ERROR_CODES[status],
  details: Json = {},
) => ({
  status_code: status,
  error: message,
  error_code: errorCode ?? 'internal_error',
  details,
});

/** Gives every error its documented shape. */
export function shapeErrors(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    if (error instanceof OAuthError) {
      if (error.status === 401) reply.header('www-authenticate', 'Basic realm="sandbox"');
      const body = { error: error.error, error_description: error.message, status_code: error.status };
      return reply.code(error.status).header('cache-control', 'no-store').send(body);
    }
    if (error instanceof ApiError) {
      const body = errorBody(error.status, error.message, error.errorCode, error.details);
      return reply.code(error.status).send(body);
    }
    const status = error.statusCode ?? 500;
    return reply.code(status).send(errorBody(status, error.message));
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(errorBody(404, `no ${request.method} ${request.url.split('?')[0]} here`)),
  );
}

import * as z from 'zod';

/** An operation's id: it becomes part of a key. */
export const operationId = z.uuid('must be the id of an operation');

/** What is sent to the tenant.
 * - `everything`: an import of the whole tenant as it is to be, which is right whether an import keeps, deletes or resets what
 *   its document lacks: the vendor does not say
 * - `changes`: an import of whole objects, but only of those that differ, with the settings of their workspaces; it takes it
 *   that an import keeps what its document lacks
 * - `patch`: a merge patch (RFC 7396) of what differs, which the tenant applies to itself */
export const SENDINGS = ['everything', 'changes', 'patch'] as const;
export type Sending = (typeof SENDINGS)[number];

import type { Api } from './api.client.ts';
import { keyRotationRequest } from './requests.ts';

/** What keys of a workspace are for: signing or encryption. */
export type KeyUse = 'sig' | 'enc';

/** The schedules by which SecureAuth rotates the keys of workspaces, which no export holds. */
export interface KeyRotationApi {
  /** @returns the schedule as the tenant sent it: `{enabled, cron, scheduled_at}`; `cron` is empty if it was never set
   * @throws the errors of `Api.read` */
  read(workspace: string, use: KeyUse): Promise<Buffer>;
  /** @param schedule JSON of `{enabled, cron}`; `cron` must be valid even if it is not enabled
   * @throws the errors of `Api.write` */
  write(workspace: string, use: KeyUse, schedule: string): Promise<void>;
}

/** @param api with a token for `keys` */
export const createKeyRotationApi = (api: Api): KeyRotationApi => ({
  async read(workspace, use) {
    const { url, what } = keyRotationRequest(api.enrolment, workspace, use);
    return api.read({ api: 'system', kind: 'export', what: `export of ${what}`, method: 'GET', url });
  },
  async write(workspace, use, schedule) {
    const { url, what } = keyRotationRequest(api.enrolment, workspace, use);
    await api.write({
      api: 'system',
      kind: 'import',
      what: `import into ${what}`,
      method: 'PUT',
      url,
      headers: { 'content-type': 'application/json' },
      body: schedule,
    });
  },
});

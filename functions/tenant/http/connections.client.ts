import type { Enrolment } from '../enrolment/enrolment.ts';
import type { HttpLimits } from './exchange.client.ts';
import { createHttp, type Http } from './http.client.ts';

/** Connections to tenants. Tenants with the default TLS settings share theirs. */
export interface Connections {
  /** Returns connections with the authorities and the client certificate of the enrolment. */
  to(enrolment: Enrolment): Http;
}

/** Most tenants with certificates of their own whose connections are kept. */
const MAX_OWN = 50;

export function createConnections(limits: HttpLimits): Connections {
  const usual = createHttp(limits);
  const own = new Map<string, Http>();
  return {
    to(enrolment) {
      const tls = {
        ca: enrolment.ca,
        ...('certificate' in enrolment && {
          certificate: enrolment.certificate,
          privateKey: enrolment.privateKey,
        }),
      };
      if (tls.ca === undefined && tls.certificate === undefined) return usual;
      const key = JSON.stringify([tls.ca, tls.certificate, tls.privateKey]);
      const http = own.get(key) ?? createHttp(limits, tls);
      // The least recently used one goes first; its idle connections close by themselves.
      own.delete(key);
      own.set(key, http);
      const [oldest] = own.keys();
      if (own.size > MAX_OWN && oldest !== undefined) own.delete(oldest);
      return http;
    },
  };
}

import { type Experiment, type ProbeAnswer, WRITES } from './experiment.ts';
import { describeLast, isTaken, plain } from './findings.ts';

/** Experiments that only read. */
export const READING = [
  {
    name: 'hub',
    question: 'May the client use the hub API?',
    writes: WRITES.nothing,
    answers: { on: 'it may', off: 'the tenant refuses the hub' },
    needs: [],
    judgesRefusals: true,
    requests: () => [{ api: 'hub', method: 'GET', query: { with_credentials: 'false' } }],
    judge: (_before, _after, answers) => ({
      answer: answers.every(isTaken) ? 'on' : 'off',
      detail: describeLast(answers),
    }),
  },
  {
    name: 'read-scope',
    question: 'Does the scope read_configuration suffice to export?',
    writes: WRITES.nothing,
    answers: { suffices: 'it does', 'not-granted': 'the client does not get the scope' },
    needs: [],
    judgesRefusals: true,
    requests: () => [{ api: 'hub', method: 'GET', query: { with_credentials: 'true' }, readOnly: true }],
    judge: (_before, _after, answers) => {
      if (answers.every(isTaken)) return plain('suffices');
      if (answers[0]?.code === 'AUTHENTICATION_REFUSED') return plain('not-granted');
      return { answer: 'refused', detail: describeLast(answers) };
    },
  },
  {
    name: 'rate-limit-headers',
    question: 'Which headers of rate limits do answers have?',
    writes: WRITES.nothing,
    answers: { none: 'none', shown: 'the named ones' },
    needs: [],
    requests: () => [{ api: 'hub', method: 'GET', query: { with_credentials: 'false' } }],
    judge: (_before, _after, answers) => {
      const shown = answers.flatMap(({ headers }) => rateLimitHeaders(headers));
      return shown.length === 0 ? plain('none') : { answer: 'shown', detail: shown.join(', ') };
    },
  },
] as const satisfies readonly Experiment[];

const RATE_LIMIT = /rate-?limit/i;

/** Returns headers of rate limits. Values are shown only if they are numbers: nothing else can be told from a secret. */
const rateLimitHeaders = (headers: ProbeAnswer['headers']): string[] =>
  Object.entries(headers).flatMap(([name, value]) =>
    RATE_LIMIT.test(name) ? [/^\d{1,12}$/.test(String(value)) ? `${name}=${value}` : name] : [],
  );

/** Recognises a secret by its text alone: keys, tokens of well-known services, and secrets inside of URLs, headers and commands.
 * A test holds these patterns against the rules of secretlint, so that an update of those shows what is missing here.
 * @see https://github.com/secretlint/secretlint */

/** Shorter texts hold none of these secrets, except a URL with a password. */
const MIN_LENGTH = 16;

/** Tells whether a text is or holds a secret. */
export function holdsSecret(text: string): boolean {
  // Cheap tests first: most strings of an export are short and plain.
  const hasScheme = text.includes('://');
  if (hasScheme && text.includes('@') && hasUrlWithPassword(text)) return true;
  if (text.length < MIN_LENGTH) return false;
  if (text.includes('PRIVATE KEY') && PRIVATE_KEY_BLOCK.test(text)) return true;
  if (hasScheme && WEBHOOK.test(text)) return true;
  if (TOKEN.test(text) || (text.includes(' ') && hasHeader(text))) return true;
  if (text.includes('"kty"') && PRIVATE_JWK.test(text)) return true;
  const hasEquals = text.includes('=');
  if (hasEquals && (PARAMETER.test(text) || (SERVER.test(text) && PASSWORD.test(text)))) return true;
  return (hasEquals || text.includes(':')) && (ASSIGNMENT.test(text) || ACCESS_KEY.test(text));
}

const PRIVATE_KEY_BLOCK = /-----BEGIN [A-Z0-9 ]{0,64}PRIVATE KEY( BLOCK)?-----/;
const PRIVATE_JWK = /"(?:d|k)"\s{0,9}:\s{0,9}"[\w-]{8}/;

/** Tokens with a prefix of their own; private keys in base64; JWTs. */
const TOKEN =
  /\b(?:(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|A3T[A-Z0-9])[A-Z0-9]{16}\b|AIza[\w-]{35}|gh[pousr]_\w{36}|github_pat_\w{60}|gl(?:pat|dt|rt|cbt|ptt|oas|agent|soat|ft|imt)-[\w-]{20}|xox[abeoprs]-[\w-]{10}|xapp-[\w-]{10}|[sr]k_(?:live|test)_[A-Za-z0-9]{24}|whsec_[A-Za-z0-9+/]{24}|SG\.[\w-]{16,32}\.[\w-]{16}|npm_\w{36}|pypi-[\w-]{50}|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}|sk-[\w-]{0,100}T3BlbkFJ|sk-ant-[\w-]{40}|gsk_[A-Za-z0-9]{52}|hf_[A-Za-z]{34}|lin_api_\w{32}|ntn_[A-Za-z0-9]{46}|glc_[A-Za-z0-9+/]{32}|glsa_\w{41}|hv[sbr]\.[\w-]{24}|vc[airpk]_[A-Za-z0-9]{20}|dapi[a-f0-9]{32}|dckr_pat_[\w-]{27}|figd_[\w-]{40}|cf(?:k|ut|at)_[A-Za-z0-9]{40}|tskey-[\w-]{20}|ops_ey[\w+/=]{90}|dop_v1_[a-f0-9]{64}|LS0tLS1CRUdJTi(?:BQUklW|BSU0EgUFJJ|BFQyBQUklW|BEU0EgUFJJ|BFTkNSWVBU|BPUEVOU1NI)|(?<![\w-])eyJ[\w-]{10,1000}\.eyJ[\w-]{10})/;

/** Chat services take messages from everybody who knows the URL. */
const WEBHOOK =
  /:\/\/(?:hooks\.slack\.com\/(?:services|workflows|triggers)\/\w|(?:canary\.|ptb\.)?discord(?:app)?\.com\/api\/webhooks\/\d{8}|[\w-]{1,64}\.webhook\.office\.com\/webhookb2\/\w|outlook\.office(?:365)?\.com\/webhook\/\w|hooks\.zapier\.com\/hooks\/catch\/\d|api\.telegram\.org\/bot\d{8})/i;

/** A secret among the parameters of a URL or form. Templates, which begin with a bracket, are none. */
const PARAMETER =
  /[?&;](?:api[_-]?key|apikey|access[_-]?key|access_token|auth[_-]?token|token|client_secret|secret|password|passwd|pwd|sig|signature|private[_-]?key|subscription[_-]?key)=[\w.~+/%-]{8}/i;

/** A connection string names a server and a password. */
const SERVER = /\b(?:host|server|data source|user|uid|user id|endpoint|accountname|dbname)=/i;
const PASSWORD =
  /\b(?:password|passwd|pwd|accountkey|sharedaccesskey|sharedaccesssignature)=[^\s;&'"`<>{}$()]{4}/i;

const BEARER = /\b(?:bearer|token|apikey) {1,3}(?=[\w.~+/-]{0,64}\d)[\w.~+/-]{20}/i;
const BASIC = /\bbasic {1,3}([A-Za-z0-9+/]{8,200}={0,2})/i;
/** The option of curl for user name and password. */
const USER_OPTION = /\s(?:-u|--user) {0,3}["']?[\w.@-]{1,64}:[^\s"'$<{]{3}/;
/** A name for a secret, and a quoted value with a digit, as in code. */
const ASSIGNMENT =
  /(?:password|passwd|secret|(?:api|access|private|secret)[_-]?key|(?:access|auth)[_-]?token)["']? {0,3}[:=] {0,3}(["'`])(?=[^\s"'`$<{]{0,64}\d)[^\s"'`$<{]{8}/i;
/** The same for long keys without quotes, as in settings of programs. */
const ACCESS_KEY =
  /(?:access|secret|api)[_-]?key["']? {0,3}[:=] {0,3}["']?(?=[A-Za-z0-9/+]{0,40}\d)[A-Za-z0-9/+]{32}/i;

function hasHeader(text: string): boolean {
  if (BEARER.test(text)) return true;
  if (text.includes('curl ') && USER_OPTION.test(text)) return true;
  const basic = BASIC.exec(text)?.[1];
  return basic !== undefined && Buffer.from(basic, 'base64').includes(':');
}

/** Matches a user name, possibly empty, a password and the sign that ends both; or a user name as long as a token. */
const USER_INFO = /(?:[^/?#\s:@]*:[^/?#\s@]+|[\w-]{20,})@/y;

/** Tells whether a text holds a URL with user name and password. The search around one `://` stops before the next
 * one, so that it reads each character at most twice. */
function hasUrlWithPassword(text: string): boolean {
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    USER_INFO.lastIndex = at + 3;
    if (endsScheme(text, at) && USER_INFO.test(text)) return true;
  }
  return false;
}

/** Tells whether a URL's scheme ends at an index. Any letter before the index can be its first. */
function endsScheme(text: string, end: number): boolean {
  let at = end - 1;
  while (at >= 0 && '0123456789+.-'.includes(text.charAt(at))) at--;
  return /[a-z]/i.test(text.charAt(at));
}

/** What `--help` says below the flags. */
export const HELP = `
Examples:
  $ npm run sandbox -- --load tenant.json
  $ npm run sandbox -- --tenant acme=acme.yaml --tenant globex=globex.json --fault 'acme:throttle,times=3'

A document is the tree of a tenant or of one workspace, in JSON or YAML, with or without credentials. Credentials
that SecureAuth makes itself are made where they are missing. Everything lives in memory and listens on 127.0.0.1.

What it serves, of each tenant and with the root client of all of them:
  /api/hub/...       trees of tenants and workspaces: export, import, patches, clone
  /api/system/...    flat dumps: export, import, patch; list of tenants, deletion of workspaces, names of script secrets
  /api/identity/...  identity dumps: export, import, patch

Faults: TENANT:KIND[,MEMBER=VALUE...], TENANT may be *. Every kind takes
on=discovery|token|export|import|patch|list|delete, api=oauth2|hub|system|identity, times=N (hit N requests, then
heal) and after=N (let N requests pass first).
  throttle       429 with Retry-After       retryAfterSeconds=1
  burst-refusal  403 request_forbidden
  fail           an error                   status=503 when=before|after (having done what was asked)
  fail-halfway   an error half-way          objects=1 (so many are written first) status=500
  truncate       half of the answer         framing=length|chunked|whole
  close          a closed connection        when=before|after
  hang           no answer at all           when=before|after
  slow           a late answer              delayMilliseconds=1000
  html           an HTML page               status=200
  content-type   another content type       type=text/plain
  redirect       a redirect                 status=302 location=/login
  empty          200 with nothing
  redacted       an export without the credentials that were asked for
  skip-import    204, but nothing imported  pointer=/servers/WORKSPACE/clients/CLIENT (only that object left out)

Switches, for what the vendor's documents leave open: --behave TENANT:NAME=VALUE, the first value is the default.
In tests, SANDBOX_BEHAVIOUR='{"NAME":"VALUE"}' sets them for all tenants.
  absentOnImport     keep|delete|delete-within     objects that an imported tree lacks
  settingsOnImport   keep|reset                    settings of a workspace of which only objects are imported
  release            JSON: {"adds":{"clients":{"new":true}},"withdraws":{"clients":["trusted"]}}
  hub                on|off-403|off-404            whether the tenant may use the hub
  unknownMembers     keep|ignore|refuse            unknown members and lists
  typedFields        off|keep-unknown|drop-unknown zero values of members that were never sent
  builtInWorkspaces  shown|hidden                  system, admin and developer in trees
  redaction          observed|null|missing         credentials in an export without them
  hubConflictStatus  422|400|409                   mode=fail meets an object
  rootWithoutTid     all|default                   the root dump without tid
  usersPerImport     0 (any number)                users of one identity import
  ignoreMode         keep|overwrite                mode=ignore meets an object
  unknownMode        refuse|ignore|update          a mode that the hub does not know
  dryRun             honour|ignore                 dry_run=true
  patchAdd           replace|append                add (RFC 6902) at the path of a list
  mergePatchRest     keep|drop                     what a merge patch of a workspace does not name
  dumpRemoval        delete|keep                   elements that a patch removes from a dump
  absentOnDumpImport keep|delete                   elements that an imported dump lacks
  redactedImport     generate|keep|blank           blank credentials of objects that exist
  keySets            keep|replace                  key sets of workspaces that an import changes
  embeddedClientIds  keep|new                      ids of clients within other objects, after an import
  readScope          suffices|refused              read_configuration at the hub
  headers            none|shown                    headers of rate limits and version
  bodyLimitBytes     0 (any size)                  largest body of a hub import

Limits: --limits TENANT=JSON with any of
  {"rates":{"hub":{"rate":1,"burst":5,"periodSeconds":1}},"writesAtOnce":1,"burst":{"writes":3,"withinSeconds":15}}
Beyond a rate requests are answered with 429 and Retry-After, further writes are refused with 403 request_forbidden.

While it runs, faults are set over HTTP as well:
  $ curl URL/_sandbox/faults -d '{"tenant":"acme","kind":"fail","status":500,"times":2}'
  $ curl URL/_sandbox/faults
  $ curl -X DELETE 'URL/_sandbox/faults?tenant=acme'

So are tenants: one more, whose answer is its enrolment; and a change (RFC 7396) behind the back of the APIs:
  $ curl URL/_sandbox/tenants -d '{"id":"shop","like":"acme"}'
  $ curl URL/_sandbox/tenants/shop -X PATCH -d '{"servers":{"customers":{"clients":{"portal":null}}}}'
`;

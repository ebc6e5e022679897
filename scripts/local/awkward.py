"""What AWS may do and the emulator alone never does. `awkward.ts` declares the switches, with AWS's documents."""

import copy
import time


class Changes:
    """Remembers what things were before their changes, for those who see each change so many seconds late."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.changes = []  # (time, name, what it was or None), oldest first

    def note(self, name, before):
        self.changes.append((time.time(), name, copy.deepcopy(before)))

    def as_seen(self, current):
        """Return the things by name as they were so long ago."""
        since = time.time() - self.seconds
        earlier = {name: before for when, name, before in reversed(self.changes) if when > since}
        return {name: thing for name, thing in {**current, **earlier}.items() if thing is not None}


def let_lists_of_secrets_lag(seconds):
    """List secrets as they were so long ago: without new ones, with deleted ones and former tags."""
    from ministack.services import secretsmanager

    changes = Changes(seconds)
    secrets = secretsmanager._secrets
    list_all = secretsmanager._list_secrets

    def show(shown):
        for name in secrets.keys():
            del secrets[name]
        for name, secret in shown.items():
            secrets[name] = secret

    def list_as_seen(data):
        current = dict(secrets.items())
        show(changes.as_seen(current))
        try:
            return list_all(data)
        finally:
            show(current)

    def noting(change):
        def note_and_change(data):
            name, secret = secretsmanager._resolve(data.get("SecretId") or data.get("Name"))
            changes.note(name or data.get("Name"), secret)
            return change(data)

        return note_and_change

    secretsmanager._list_secrets = list_as_seen
    for change in ("_create_secret", "_delete_secret", "_restore_secret", "_tag_resource", "_untag_resource"):
        setattr(secretsmanager, change, noting(getattr(secretsmanager, change)))


def let_policies_lag(seconds):
    """Let policies see the aliases and tags of a KMS key as they were so long ago.

    Returns the function that gives the aliases of a key as policies see them.
    """
    from ministack.core.responses import AccountRegionScopedDict
    from ministack.services import kms, tagging

    aliases = Changes(seconds)
    tags = Changes(seconds)
    resource_tags = tagging.resource_tags

    class NotedAliases(AccountRegionScopedDict):
        def __setitem__(self, alias, key_id):
            aliases.note(alias, self.get(alias))
            super().__setitem__(alias, key_id)

        def __delitem__(self, alias):
            aliases.note(alias, self.get(alias))
            super().__delitem__(alias)

        def pop(self, alias, *default):
            aliases.note(alias, self.get(alias))
            return super().pop(alias, *default)

    def noting_tags(change):
        def note_and_change(data):
            key = kms._resolve_key(data.get("KeyId", ""))
            if key:
                tags.note(key["Arn"], resource_tags(key["Arn"]))
            return change(data)

        return note_and_change

    def aliases_of(key):
        seen = aliases.as_seen(dict(kms._aliases.items()))
        return [arn.split(":", 5)[5] for arn, key_id in seen.items() if key_id == key["KeyId"]]

    def tags_as_seen(arn):
        key = kms._resolve_key(arn) if ":kms:" in arn else None
        if key is None:
            return resource_tags(arn)
        is_new = time.time() - key["CreationDate"] < seconds
        return {} if is_new else tags.as_seen({arn: resource_tags(arn)}).get(arn)

    kms._aliases = NotedAliases()
    kms._tag_resource = noting_tags(kms._tag_resource)
    kms._untag_resource = noting_tags(kms._untag_resource)
    tagging.resource_tags = tags_as_seen
    return aliases_of


def deliver_twice():
    """Give functions each message of a standard queue, each asynchronous invocation and each event twice.

    A message comes again after the function has processed it, as from a server that missed its deletion.
    """
    from ministack.core.concurrency import esm_wake
    from ministack.services import eventbridge, lambda_svc, sqs

    delete = sqs._delete_messages_for_esm

    def delete_the_second_time(queue_url, receipt_handles):
        with sqs._queues_lock:
            queue = sqs._get_q(queue_url)
            for message in [] if queue["is_fifo"] else queue["messages"]:
                handle = message.get("receipt_handle")
                if handle in receipt_handles and not message.get("came_again"):
                    receipt_handles = receipt_handles - {handle}
                    # That server has not counted the delivery, and the deleted message has no handle.
                    message.update(came_again=True, receipt_handle=None, visible_at=time.time())
                    message["receive_count"] -= 1
        delete(queue_url, receipt_handles)
        esm_wake.set()

    def twice(deliver):
        def deliver_again(*arguments):
            deliver(*arguments)
            deliver(*arguments)

        return deliver_again

    sqs._delete_messages_for_esm = delete_the_second_time
    lambda_svc.invoke_async_with_retry = twice(lambda_svc.invoke_async_with_retry)
    eventbridge._dispatch_to_sns = twice(eventbridge._dispatch_to_sns)
    eventbridge._dispatch_to_sqs = twice(eventbridge._dispatch_to_sqs)


def deliver_newest_first():
    """Let standard queues deliver the newest message first."""
    from ministack.services import sqs

    collect = sqs._collect_msgs

    def collect_newest(queue, *arguments):
        if not queue["is_fifo"]:
            queue = {**queue, "messages": queue["messages"][::-1]}
        return collect(queue, *arguments)

    sqs._collect_msgs = collect_newest


# The codes and statuses of a refusal, by service; the others answer like most of AWS.
TOO_FAST = {
    "s3": ("SlowDown", 503),
    "lambda": ("TooManyRequestsException", 429),
    "scheduler": ("ThrottlingException", 429),
    "sqs": ("RequestThrottled", 400),
    "cloudformation": ("Throttling", 400),
    "iam": ("Throttling", 400),
    "sts": ("Throttling", 400),
    "sns": ("Throttled", 429),
}


def throttle_one_call_in(interval):
    """Refuse the last of so many calls to each service as too fast.

    Only a first attempt counts, so a retry always succeeds: which calls are refused does not depend on chance. SDKs say
    which attempt a request is, and how many they make: `amz-sdk-request: attempt=1; max=3`.
    """
    from ministack import app
    from ministack.core import iam_actions

    dispatch = app._dispatch_service_request
    calls = {}

    async def dispatch_or_refuse(method, path, headers, body, query_params, request_id):
        attempt = headers.get("amz-sdk-request", "").replace(" ", "")
        if attempt.startswith("attempt=1;") and not attempt.endswith("max=1"):
            routing = app._routing_params(method, path, headers, body, query_params)
            service = app.detect_service(method, path, headers, routing)
            calls[service] = calls.get(service, 0) + 1
            if calls[service] % interval == 0:
                code, status = TOO_FAST.get(service, ("ThrottlingException", 400))
                _, answer_headers, answer = iam_actions.access_denied_response(
                    service, "", "", request_id, error_code=code, message="Rate exceeded", headers=headers
                )
                return status, answer_headers, answer
        return await dispatch(method, path, headers, body, query_params, request_id)

    app._dispatch_service_request = dispatch_or_refuse


def be_awkward(switches):
    """Turn on what the switches ask for."""
    if switches["secretsListLagSeconds"]:
        let_lists_of_secrets_lag(switches["secretsListLagSeconds"])
    if switches["duplicateDeliveries"]:
        deliver_twice()
    if switches["reorderMessages"]:
        deliver_newest_first()
    if switches["throttledCallInterval"]:
        throttle_one_call_in(switches["throttledCallInterval"])

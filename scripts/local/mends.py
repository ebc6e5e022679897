"""Where the emulator differs from AWS in what the product relies on: mends it. Each mend has a test."""

import json
import queue
import threading
import time


def name_errors_of_lambdas():
    """Make `errorType` of a failed Lambda the name of its error, as Lambda's Node runtime does.

    The emulator says `Runtime.HandlerError` for every error, and an invoker could not tell one from another.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    script = script.replace('trace: err.stack || ""', 'trace: err.stack || "", name: err.name')
    lambda_runtime._NODEJS_WORKER_SCRIPT = script.replace("trace: e.stack", "trace: e.stack, name: e.name")

    last = threading.local()
    invoke = lambda_runtime.Worker.invoke
    execute = lambda_svc._execute_function_warm

    def invoke_and_remember(self, *arguments, **options):
        result = invoke(self, *arguments, **options)
        last.name = result.get("name")
        return result

    def execute_and_name(*arguments, **options):
        last.name = None
        result = execute(*arguments, **options)
        body = result.get("body")
        if last.name and result.get("error") and isinstance(body, dict):
            body["errorType"] = last.name
        return result

    lambda_runtime.Worker.invoke = invoke_and_remember
    lambda_svc._execute_function_warm = execute_and_name


END_OF_LOG = "-- end of the log of this invocation --"


def log_all_of_an_invocation():
    """Put all that a function prints into the log of its invocation, however busy the machine is.

    The emulator stops reading after five silent milliseconds. Now the function's process marks the end.
    """
    from ministack.core import lambda_runtime

    begin, ready, answer = lambda_runtime._NODEJS_WORKER_SCRIPT.partition('status: "ready"')
    answer = answer.replace("_realStdoutWrite(JSON", f'_stderrWrite("{END_OF_LOG}\\n"); _realStdoutWrite(JSON')
    lambda_runtime._NODEJS_WORKER_SCRIPT = begin + ready + answer
    drain_for_a_moment = lambda_runtime.Worker._drain_stderr_bounded

    def drain_to_the_end(self, *arguments, **options):
        if not self.config.get("Runtime", "").startswith("nodejs"):
            return drain_for_a_moment(self, *arguments, **options)
        lines = []
        try:
            for line in iter(lambda: self._stderr_queue.get(timeout=5), END_OF_LOG):
                lines.append(line)
        except queue.Empty:
            pass
        return "\n".join(lines)

    lambda_runtime.Worker._drain_stderr_bounded = drain_to_the_end


def authorize_batches_like_single_calls():
    """Let `sqs:SendMessage` allow SendMessageBatch too, and so on, as SQS does: it has no actions for batches.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    """
    from ministack.core import iam_actions

    action_of = iam_actions._action_from_target

    def single_action(headers):
        action = action_of(headers)
        is_batch = headers.get("x-amz-target", "").startswith("AmazonSQS.") and action.endswith("Batch")
        return action.removesuffix("Batch") if is_batch else action

    iam_actions._action_from_target = single_action


def give_kms_its_condition_keys(aliases_of):
    """Let policies be conditioned on aliases of a key and on the encryption context, as KMS does.

    `kms:ResourceAliases` and `kms:EncryptionContext:<name>`. And what a request names by an alias is the key:
    policies are evaluated against the key's ARN. KMS asks twice for what names a key by an alias, for the alias and
    for the key; here it is the key that is asked for.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    from ministack.core import iam_actions
    from ministack.services import kms

    resource_of = iam_actions.extract_resource_arn
    context_of = iam_actions.request_tag_context

    def request_of(body):
        try:
            return json.loads(body or b"{}")
        except ValueError:
            return {}

    def named_in(request):
        named = request.get("TargetKeyId") or request.get("KeyId")
        return named or iam_actions._kms_key_id_from_ciphertext(request.get("CiphertextBlob", ""))

    def resource_of_key(service, method, path, headers, body, *arguments):
        resource = resource_of(service, method, path, headers, body, *arguments)
        key = kms._resolve_key(named_in(request_of(body))) if service == "kms" else None
        return key["Arn"] if key else resource

    def context_with_kms(service, action, body, parameters):
        context = context_of(service, action, body, parameters)
        if service != "kms":
            return context
        request = request_of(body)
        key = kms._resolve_key(named_in(request))
        if key:
            context["kms:ResourceAliases"] = aliases_of(key)
        for name, value in (request.get("EncryptionContext") or {}).items():
            context[f"kms:EncryptionContext:{name}"] = value
        return context

    iam_actions.extract_resource_arn = resource_of_key
    iam_actions.request_tag_context = context_with_kms


def tell_times_of_objects_in_whole_seconds():
    """Cut the last modification of an object to its second, as S3 does.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
    """
    from ministack.services import s3

    s3.now_iso = lambda: time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


def keep_what_uploads_in_parts_begin_with():
    """Give an object that was uploaded in parts the time, the tags and the lock that the upload began with, as S3 does.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    """
    import re
    from urllib.parse import parse_qsl

    from ministack.services import s3

    create = s3._create_multipart_upload
    complete = s3._complete_multipart_upload
    begun = {}

    def create_and_remember(bucket, key, headers):
        status, answer_headers, body = create(bucket, key, headers)
        upload_id = re.search(rb"<UploadId>([^<]+)</UploadId>", body)
        if upload_id:
            begun[upload_id[1].decode()] = s3.now_iso(), dict(headers)
        return status, answer_headers, body

    def complete_and_apply(bucket, key, body, parameters, headers=None):
        status, answer_headers, answer = complete(bucket, key, body, parameters, headers)
        if status == 200 and s3._qp(parameters, "uploadId") in begun:
            begun_at, begun_with = begun.pop(s3._qp(parameters, "uploadId"))
            version = answer_headers.get("x-amz-version-id")
            for record in [s3._buckets[bucket]["objects"][key], *s3._object_versions.get((bucket, key), [])]:
                if record.get("version_id") == version:
                    record["last_modified"] = begun_at
            tags = dict(parse_qsl(begun_with.get("x-amz-tagging", ""), keep_blank_values=True))
            if tags:
                s3._object_tags[(bucket, key, version)] = tags
            s3._apply_object_lock_from_headers(bucket, key, begun_with, version)
        return status, answer_headers, answer

    s3._create_multipart_upload = create_and_remember
    s3._complete_multipart_upload = complete_and_apply


def deploy_lifecycle_rules_and_locks():
    """Give a bucket the lifecycle rules and the Object Lock that its template has, as CloudFormation does.

    The emulator leaves them out, and a check of the deployed bucket would find none.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
    """
    from xml.etree.ElementTree import Element, SubElement, tostring

    from ministack.services import s3
    from ministack.services.cloudformation import provisioners

    apply_others = provisioners._s3_apply_configurations

    def add(parent, name, content):
        child = SubElement(parent, name)
        if isinstance(content, dict):
            for key, value in content.items():
                if value is not None:
                    add(child, key, value)
        else:
            child.text = str(content).lower() if isinstance(content, bool) else str(content)

    def xml_of(rule):
        return {
            "ID": rule.get("Id"),
            "Status": rule["Status"],
            "Filter": {"Prefix": rule.get("Prefix", "")},
            "Expiration": {
                "Days": rule.get("ExpirationInDays"),
                "ExpiredObjectDeleteMarker": rule.get("ExpiredObjectDeleteMarker"),
            },
            "NoncurrentVersionExpiration": rule.get("NoncurrentVersionExpiration"),
            "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
        }

    def apply_all(name, properties, *arguments):
        apply_others(name, properties, *arguments)
        if str(properties.get("ObjectLockEnabled")).lower() == "true" and name not in s3._bucket_object_lock:
            s3._bucket_object_lock[name] = {"enabled": True, "default_retention": None}
        rules = (properties.get("LifecycleConfiguration") or {}).get("Rules", [])
        if not rules:
            s3._bucket_lifecycle.pop(name, None)
            return
        root = Element("LifecycleConfiguration")
        for rule in rules:
            add(root, "Rule", {key: value for key, value in xml_of(rule).items() if value})
            for transition in rule.get("NoncurrentVersionTransitions", []):
                add(
                    root[-1],
                    "NoncurrentVersionTransition",
                    {"NoncurrentDays": transition["TransitionInDays"], "StorageClass": transition["StorageClass"]},
                )
        s3._put_bucket_lifecycle(name, tostring(root))

    provisioners._s3_apply_configurations = apply_all


def invoke_functions_for_events_asynchronously():
    """Let events and schedules invoke functions as asynchronously as AWS does: with retries and a destination of failures.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    from ministack.services import eventbridge, lambda_svc

    def dispatch(arn, payload):
        function, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if function and config:
            record = lambda_svc._execution_record_for_config(function, config)
            lambda_svc.invoke_async_with_retry(record, json.loads(payload))

    eventbridge._dispatch_to_lambda = dispatch


def fill_in_scheduled_times():
    """Put the time of a schedule in place of `<aws.scheduler.scheduled-time>` in its input, as EventBridge Scheduler does.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    from ministack.services import eventbridge, scheduler

    invoke = eventbridge._invoke_target

    def invoke_with_time(target, event, rule, view=None):
        if "ScheduleExpression" in rule and target.get("Input"):
            full_minute = event["Time"] - event["Time"] % 60
            due = scheduler._at_time_epoch(rule["ScheduleExpression"]) or full_minute
            time_text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due))
            target = {**target, "Input": target["Input"].replace("<aws.scheduler.scheduled-time>", time_text)}
        return invoke(target, event, rule, view)

    eventbridge._invoke_target = invoke_with_time


def mend(aliases_of):
    """Mend everything.

    Takes the function that gives the aliases of a key as policies see them.
    """
    name_errors_of_lambdas()
    log_all_of_an_invocation()
    authorize_batches_like_single_calls()
    give_kms_its_condition_keys(aliases_of)
    tell_times_of_objects_in_whole_seconds()
    keep_what_uploads_in_parts_begin_with()
    deploy_lifecycle_rules_and_locks()
    invoke_functions_for_events_asynchronously()
    fill_in_scheduled_times()

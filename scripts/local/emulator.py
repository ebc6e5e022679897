"""Runs the emulator of AWS on a free port of 127.0.0.1, for as long as its standard input stays open.

The port is taken first and handed over, so that no other program can take it in between; it is printed as the first
line of standard output. The emulator and the Lambdas it starts are one process group, which ends when the standard
input closes: also when the program that started it was killed and could not clean up.

Its argument, the data folder, tells one from another in a list of processes. Environment: LOCAL_AWS_REMOVE names a
folder to remove at the end, LOCAL_AWS_LIST_SECRETS_AFTER the seconds after which lists have a new secret.
"""

import os
import shutil
import signal
import socket
import sys
import threading
import time


def end_with_standard_input():
    while os.read(0, 4096):
        pass
    # First the Lambdas, so that none writes into the folder while it is removed; then everything.
    os.killpg(os.getpgrp(), signal.SIGUSR2)
    time.sleep(0.1)
    folder = os.environ.get("LOCAL_AWS_REMOVE")
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def as_if_over_tls(app):
    """Requests over loopback count as requests over TLS, as behind a load balancer that ends TLS.

    Otherwise bucket policies that refuse plain HTTP would refuse everything. A request that says otherwise
    (`X-Forwarded-Proto: http`) is believed, which is how a test sees such a policy refuse.
    """

    async def application(scope, receive, send):
        if scope["type"] == "http":
            headers = list(scope.get("headers", []))
            if not any(name.lower() == b"x-forwarded-proto" for name, _ in headers):
                scope = {**scope, "headers": [*headers, (b"x-forwarded-proto", b"https")]}
        await app(scope, receive, send)

    return application


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


def give_kms_its_condition_keys():
    """Let policies be conditioned on aliases and tags of a key and on the encryption context, as KMS does.

    `kms:ResourceAliases`, `aws:ResourceTag/<name>` and `kms:EncryptionContext:<name>`. And what a request
    names by an alias is the key: policies are evaluated against the key's ARN. KMS asks twice for what names
    a key by an alias, for the alias and for the key; here it is the key that is asked for.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """
    import json

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
            aliases = [arn for arn, key_id in kms._aliases.items() if key_id == key["KeyId"]]
            context["kms:ResourceAliases"] = [arn.split(":", 5)[5] for arn in aliases]
            for tag in key.get("Tags", []):
                context[f"aws:ResourceTag/{tag['TagKey']}".lower()] = tag["TagValue"]
        for name, value in (request.get("EncryptionContext") or {}).items():
            context[f"kms:EncryptionContext:{name}"] = value
        return context

    iam_actions.extract_resource_arn = resource_of_key
    iam_actions.request_tag_context = context_with_kms


def keep_tags_and_locks_of_uploads_in_parts():
    """Give an object that was uploaded in parts the tags and the lock that the upload was begun with, as S3 does.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
    """
    import re
    from urllib.parse import parse_qsl

    from ministack.services import s3

    create = s3._create_multipart_upload
    complete = s3._complete_multipart_upload
    headers_of = {}

    def create_and_remember(bucket, key, headers):
        status, answer_headers, body = create(bucket, key, headers)
        upload_id = re.search(rb"<UploadId>([^<]+)</UploadId>", body)
        if upload_id:
            headers_of[upload_id[1].decode()] = dict(headers)
        return status, answer_headers, body

    def complete_and_apply(bucket, key, body, parameters, headers=None):
        status, answer_headers, answer = complete(bucket, key, body, parameters, headers)
        begun_with = headers_of.pop(s3._qp(parameters, "uploadId"), None) if status == 200 else None
        if begun_with is not None:
            version = answer_headers.get("x-amz-version-id")
            tags = dict(parse_qsl(begun_with.get("x-amz-tagging", ""), keep_blank_values=True))
            if tags:
                s3._object_tags[(bucket, key, version)] = tags
            s3._apply_object_lock_from_headers(bucket, key, begun_with, version)
        return status, answer_headers, answer

    s3._create_multipart_upload = create_and_remember
    s3._complete_multipart_upload = complete_and_apply


def deploy_lifecycle_rules():
    """Give a bucket the lifecycle rules that its template has, as CloudFormation does.

    The emulator leaves them out, and a check of the deployed bucket would find none.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
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


def let_lists_of_secrets_lag(seconds):
    """Leave secrets out of lists for so long after they were made, as Secrets Manager may.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
    """
    from ministack.services import secretsmanager

    list_all = secretsmanager._list_secrets

    def list_older(data):
        secrets = secretsmanager._secrets
        young = [name for name, secret in secrets.items() if time.time() - secret["CreatedDate"] < seconds]
        hidden = {name: secrets.pop(name) for name in young}
        try:
            return list_all(data)
        finally:
            for name, secret in hidden.items():
                secrets[name] = secret

    secretsmanager._list_secrets = list_older


def main():
    if os.getpgrp() != os.getpid():
        os.setpgrp()
    # Ends the Lambdas but not this process: a handler, unlike an ignored signal, is not inherited.
    signal.signal(signal.SIGUSR2, lambda *_: None)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    # Read by the emulator while it is imported.
    os.environ["GATEWAY_PORT"] = str(port)
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"

    threading.Thread(target=end_with_standard_input, daemon=True).start()

    import asyncio

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    import emulator_metrics

    name_errors_of_lambdas()
    authorize_batches_like_single_calls()
    give_kms_its_condition_keys()
    keep_tags_and_locks_of_uploads_in_parts()
    deploy_lifecycle_rules()
    emulator_metrics.take_metrics_from_logs()
    emulator_metrics.evaluate_alarms_as_cloudwatch_does()
    let_lists_of_secrets_lag(float(os.environ["LOCAL_AWS_LIST_SECRETS_AFTER"]))
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.loglevel = os.environ.get("LOG_LEVEL", "INFO")
    print(port, flush=True)
    os.dup2(2, 1)
    asyncio.run(serve(as_if_over_tls(app), config))


if __name__ == "__main__":
    sys.exit(main())

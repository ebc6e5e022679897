"""What AWS always refuses and the emulator alone takes: names, texts and policies beyond their bounds, and schedules."""

import json
import re

# The longest value of a property, and the pattern of all of it, by type of resource. A value that is no text counts as
# JSON. The page of each type in the reference has the bounds of texts; the pages of quotas have those of policies.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
BOUNDS = {
    "AWS::CloudWatch::Alarm": {"AlarmName": (255, None), "AlarmDescription": (1024, None)},
    "AWS::Events::Rule": {
        "Name": (64, r"[.\-_A-Za-z0-9]+"),
        "Description": (512, None),
        "EventPattern": (4096, None),
    },
    "AWS::IAM::ManagedPolicy": {
        "ManagedPolicyName": (128, r"[\w+=,.@-]+"),
        "Description": (1000, None),
        "PolicyDocument": (6144, None),
    },
    "AWS::IAM::Policy": {"PolicyName": (128, r"[\w+=,.@-]+"), "PolicyDocument": (10240, None)},
    "AWS::IAM::Role": {"RoleName": (64, r"[\w+=,.@-]+"), "Description": (1000, None)},
    "AWS::KMS::Alias": {"AliasName": (256, r"alias/[a-zA-Z0-9/_-]+")},
    "AWS::KMS::Key": {"Description": (8192, None), "KeyPolicy": (32768, None)},
    "AWS::Lambda::Function": {"FunctionName": (64, r"[a-zA-Z0-9_-]+"), "Description": (256, None)},
    "AWS::Logs::LogGroup": {"LogGroupName": (512, r"[.\-_/#A-Za-z0-9]+")},
    "AWS::S3::Bucket": {"BucketName": (63, r"[a-z0-9][a-z0-9.-]+[a-z0-9]")},
    "AWS::S3::BucketPolicy": {"PolicyDocument": (20480, None)},
    "AWS::SNS::Topic": {"TopicName": (256, r"[A-Za-z0-9_-]+(\.fifo)?")},
    "AWS::SQS::Queue": {"QueueName": (80, r"[A-Za-z0-9_-]+(\.fifo)?")},
    "AWS::Scheduler::Schedule": {"Name": (64, r"[0-9a-zA-Z._-]+"), "Description": (512, None)},
    "AWS::Scheduler::ScheduleGroup": {"Name": (64, r"[0-9a-zA-Z._-]+")},
    "AWS::SecretsManager::Secret": {"Name": (512, r"[A-Za-z0-9/_+=.@-]+")},
}

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ENVIRONMENT_BYTES = 4096


def compact(value):
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def problem_of(resource_type, properties):
    """Return why AWS refuses a resource with these properties, or None."""
    for name, (longest, pattern) in BOUNDS.get(resource_type, {}).items():
        value = compact(properties.get(name, ""))
        if len(value) > longest:
            return f"{name} must have length less than or equal to {longest}, has {len(value)}"
        if value and pattern and not re.fullmatch(pattern, value):
            return f"{name} must satisfy regular expression pattern {pattern}, is {value}"
    if resource_type == "AWS::Lambda::Function":
        return environment_problem(properties)
    if resource_type == "AWS::Scheduler::Schedule" and not is_schedule(properties.get("ScheduleExpression", "")):
        return f"Invalid Schedule Expression {properties.get('ScheduleExpression')}."
    return None


def environment_problem(properties):
    size = len(compact((properties.get("Environment") or {}).get("Variables") or {}).encode())
    if size > ENVIRONMENT_BYTES:
        return f"environment variables exceed the 4 KB limit: {size} bytes of JSON"
    return None


def is_schedule(expression):
    """Return whether EventBridge Scheduler takes a schedule expression.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    """
    from ministack.services import eventbridge, scheduler

    if expression.startswith("at("):
        return bool(re.fullmatch(r"at\([\d-]{10}T[\d:]{8}\)", expression)) and (
            scheduler._at_time_epoch(expression) is not None
        )
    if expression.startswith("rate("):
        return bool(re.fullmatch(r"rate\([1-9]\d* (minute|hour|day)s?\)", expression))
    fields = eventbridge._parse_cron_fields(expression)
    if fields is None:
        return False
    minutes, hours, days, months, weekdays, years, day_text, weekday_text = fields
    within = [
        (minutes, 0, 59),
        (hours, 0, 23),
        (days["days"], 1, 31),
        (months, 1, 12),
        (weekdays["days"], 1, 7),
        (years or {1970}, 1970, 2199),
    ]
    # One of the two days decides, and a question mark stands in the field of the other alone.
    return [day_text, weekday_text].count("?") == expression.count("?") == 1 and all(
        set(values) <= set(range(low, high + 1)) for values, low, high in within
    )


def refuse_what_aws_refuses():
    """Check resources that a stack makes or changes, and functions and schedules that a call makes or changes."""
    from ministack.core.responses import error_response_json
    from ministack.services import lambda_svc, scheduler
    from ministack.services.cloudformation import provisioners

    def checked(resource_type, change, place_of_properties):
        def check_and_change(*arguments):
            problem = problem_of(resource_type, arguments[place_of_properties])
            if problem:
                raise ValueError(f"{resource_type}: {problem}")
            return change(*arguments)

        return check_and_change

    for resource_type in BOUNDS:
        handler = provisioners._RESOURCE_HANDLERS[resource_type]
        handler["create"] = checked(resource_type, handler["create"], 1)
        if "update" in handler:
            handler["update"] = checked(resource_type, handler["update"], 2)

    def checked_call(change, code, problem_in):
        def check_and_change(*arguments):
            problem = problem_in(*arguments)
            return error_response_json(code, problem, 400) if problem else change(*arguments)

        return check_and_change

    def function_problem(data):
        return problem_of("AWS::Lambda::Function", data)

    def schedule_problem(name, body):
        return problem_of("AWS::Scheduler::Schedule", {**body, "Name": name})

    code = "InvalidParameterValueException"
    lambda_svc._create_function = checked_call(lambda_svc._create_function, code, function_problem)
    lambda_svc._update_config = checked_call(lambda_svc._update_config, code, lambda _, data: environment_problem(data))
    code = "ValidationException"
    scheduler._create_schedule = checked_call(scheduler._create_schedule, code, schedule_problem)
    scheduler._update_schedule = checked_call(scheduler._update_schedule, code, schedule_problem)

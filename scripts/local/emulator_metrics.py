"""Gives the emulator's CloudWatch two rules of AWS: metrics in log lines, and the identity of metrics in alarms."""

import json
import time


def take_metrics_from_logs():
    """Publishes the metrics that functions write into their logs, in the embedded metric format.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    from ministack.services import cloudwatch, lambda_svc

    write_logs = lambda_svc._emit_lambda_logs

    def publish(line):
        if '"CloudWatchMetrics"' not in line:
            return
        try:
            entry = json.loads(line)
        except ValueError:
            return
        for directive in entry.get("_aws", {}).get("CloudWatchMetrics", []):
            for names in directive["Dimensions"]:
                dimensions = {name: entry[name] for name in names}
                for metric in directive["Metrics"]:
                    value = entry[metric["Name"]]
                    for each in value if isinstance(value, list) else [value]:
                        unit = metric.get("Unit", "None")
                        cloudwatch.record_metric(directive["Namespace"], metric["Name"], each, unit, dimensions)

    def write_and_publish(func, request_id, log_text, *arguments, **options):
        write_logs(func, request_id, log_text, *arguments, **options)
        for line in (log_text or "").splitlines():
            publish(line)

    lambda_svc._emit_lambda_logs = write_and_publish


COMPARISONS = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def evaluate_alarms_as_cloudwatch_does():
    """Lets an alarm see only the metric with exactly its dimensions and unit, and treats missing data as the alarm says.

    The emulator merges all metrics of a name, and leaves an alarm without data in its first state. States are computed
    whenever they are asked for, as nothing here evaluates them by the minute.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    from ministack.services import cloudwatch

    def breaching(alarm, end):
        """True, False, or None without data, for the period that ends then."""
        dimensions = cloudwatch._dims_from_list(alarm.get("Dimensions") or [])
        key = (alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))
        points = [
            point
            for point in cloudwatch._metrics.get(key, [])
            if end - alarm["Period"] < point["Timestamp"] <= end and alarm.get("Unit") in (None, point["Unit"])
        ]
        if not points:
            return {"breaching": True, "notBreaching": False}.get(alarm.get("TreatMissingData"))
        name = alarm.get("ExtendedStatistic") or alarm["Statistic"]
        value = cloudwatch._stat_value(cloudwatch._calc_stats(points), name, points)
        return COMPARISONS[alarm["ComparisonOperator"]](value, alarm["Threshold"])

    def evaluate(alarm):
        if not alarm.get("MetricName"):
            return
        now = time.time()
        periods = [breaching(alarm, now - index * alarm["Period"]) for index in range(alarm["EvaluationPeriods"])]
        known = [each for each in periods if each is not None]
        new_state = "INSUFFICIENT_DATA" if not known else "ALARM" if all(known) else "OK"
        old_state = alarm["StateValue"]
        if new_state == old_state:
            return
        reason = f"{alarm['EvaluationPeriods']} periods were evaluated, of which {periods.count(True)} breached"
        alarm.update(StateValue=new_state, StateReason=reason, StateUpdatedTimestamp=int(now))
        cloudwatch._record_history(alarm["AlarmName"], old_state, new_state, reason)
        cloudwatch._dispatch_alarm_actions(alarm, old_state, new_state, reason)
        cloudwatch._evaluate_parent_alarms(alarm)

    describe = cloudwatch._describe_alarms

    def evaluate_and_describe(*arguments, **options):
        cloudwatch._evaluate_all_alarms()
        return describe(*arguments, **options)

    cloudwatch._evaluate_alarm = evaluate
    cloudwatch._describe_alarms = evaluate_and_describe

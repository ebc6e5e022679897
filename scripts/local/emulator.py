"""Runs the emulator of AWS on a free port of 127.0.0.1, for as long as its standard input stays open.

The port is taken first and handed over, so that no other program can take it in between; it is printed as the first
line of standard output. The emulator and the Lambdas it starts are one process group, which ends when the standard
input closes: also when the program that started it was killed and could not clean up.

Its argument, the data folder, tells one from another in a list of processes. Environment: LOCAL_AWS_REMOVE names a
folder to remove at the end, LOCAL_AWS_AWKWARD holds the switches of `awkward.ts` as JSON, and
LOCAL_AWS_FUNCTIONS_ENDPOINT says where the Lambdas find AWS, if not here.
"""

import json
import os
import shutil
import signal
import socket
import sys
import threading
import time

import emulator_metrics
from awkward import be_awkward, let_policies_lag
from mends import mend
from refusals import refuse_what_aws_refuses


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
    os.environ["AWS_ENDPOINT_URL"] = os.environ.get("LOCAL_AWS_FUNCTIONS_ENDPOINT", f"http://127.0.0.1:{port}")

    threading.Thread(target=end_with_standard_input, daemon=True).start()

    import asyncio

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    switches = json.loads(os.environ["LOCAL_AWS_AWKWARD"])
    mend(let_policies_lag(switches["kmsLagSeconds"]))
    emulator_metrics.take_metrics_from_logs()
    emulator_metrics.evaluate_alarms_as_cloudwatch_does()
    refuse_what_aws_refuses()
    be_awkward(switches)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.loglevel = os.environ.get("LOG_LEVEL", "INFO")
    print(port, flush=True)
    os.dup2(2, 1)
    asyncio.run(serve(as_if_over_tls(app), config))


if __name__ == "__main__":
    sys.exit(main())

"""Whether requests are signed as botocore would sign them.

    sigv4_check.py SECRET < one JSON object a line: method, url, headers, body

Prints `ok` for each, or how the signatures differ.
"""

import json
import sys

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


class AtThatTime(SigV4Auth):
    """Signs these headers and no others, at the time that the request names."""

    def __init__(self, credentials, scope, signed):
        _, _, region, service, _ = scope.split("/")
        super().__init__(credentials, service, region)
        self.signed = signed

    def headers_to_sign(self, request):
        every = super().headers_to_sign(request)
        for name in set(every.keys()):
            if name.lower() not in self.signed:
                del every[name]
        return every


def check(line, secret):
    wanted = json.loads(line)
    headers = {name.lower(): value for name, value in wanted["headers"]}
    proof = headers.pop("authorization")
    parts = dict(part.strip().split("=", 1) for part in proof.split(" ", 1)[1].split(","))
    key = parts["Credential"].split("/", 1)[0]
    token = headers.get("x-amz-security-token")
    auth = AtThatTime(Credentials(key, secret, token), parts["Credential"], parts["SignedHeaders"].split(";"))
    request = AWSRequest(
        method=wanted["method"], url=wanted["url"], headers=headers, data=wanted["body"].encode()
    )
    request.context["timestamp"] = headers["x-amz-date"]
    for name in ("host", "x-amz-date"):
        assert name in parts["SignedHeaders"].split(";"), f"{name} is not signed"
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical), request)
    return "ok" if signature == parts["Signature"] else f"differs for\n{canonical}"


if __name__ == "__main__":
    for line in sys.stdin:
        print(check(line, sys.argv[1]), flush=True)

"""What the document can't say: where the service is in this run, who calls, and what there is to call about."""

import atexit
import base64
import json
from collections import Counter, defaultdict

import schemathesis
from explained import Explanations
from hypothesis import strategies
from known import Known
from setup import SETUP, to_the_service
from urllib3.util import connection

connection.create_connection = to_the_service
known = Known(SETUP)
explanations = Explanations()
# Of those that may call it, who reaches most: clinicians reach their own patients only.
PREFERENCE = ["admin", "reception", "clinician", "auditor", "patient", "service"]
answers = defaultdict(Counter)
for media_type, file in SETUP["files"].items():
    schemathesis.openapi.media_type(media_type, strategies.just(base64.b64decode(file["content"])))


@schemathesis.auth(refresh_interval=None)
class Token:
    """The token of somebody whom the document lets call the operation."""

    def get(self, case, context):
        definition = context.operation.definition.raw
        roles = [role for role in PREFERENCE if role in definition.get("x-roles", [])]
        if not roles:
            return None
        # What is about the session itself needs one at the built-in provider.
        own = definition["x-scope"] == "openid" or definition["x-scope"].startswith("sessions:")
        return (SETUP["tokens"] / ("signed-in" if own else roles[0])).read_text()

    def set(self, case, data, context):
        if data:
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context, case, kwargs):
    """Lets what is meant to be accepted be about what there is: most identifiers of the right form name nothing."""
    if case.meta is not None:
        known.fill_in(case)


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][response.status_code] += 1
    known.learn(case, response)


@schemathesis.check
def valid_data_acceptance(ctx, response, case):
    """`positive_data_acceptance`, but for refusals that no schema can tell of."""
    if not explanations.explain(response, case):
        schemathesis.checks.positive_data_acceptance(ctx, response, case)


@atexit.register
def report():
    found = {"answers": answers, "stale": explanations.stale()}
    SETUP["report"].write_text(json.dumps(found))

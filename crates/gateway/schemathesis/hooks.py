"""Hooks of schemathesis: what it needs of this API beyond the description."""

import itertools
import json
import os
import pathlib

import schemathesis

from data import CLIENT, USER_ID
from known import Known
from refusals import is_rightly_refused

HERE = pathlib.Path(__file__).parent
PROTECTED = json.loads((HERE / "protected.json").read_text())
KEY = "Idempotency-Key"
OTHER_CLIENT, OTHER_CLIENT_ID = "+22670112234", "BF.9900112234"
COUNT = itertools.count(1)
# Two users may act for one business.
USER = os.environ["SCHEMATHESIS_USER"]
KNOWN = Known()


@schemathesis.hook
def before_call(context, case, kwargs):
    spare_what_is_needed(case)
    if case.meta is not None and case.meta.generation.mode.is_positive:
        KNOWN.give(case)
        make_key_unique(case)


def spare_what_is_needed(case):
    """Keeps calls from deleting the sending number, the calling key and the customer who wrote; others are deleted."""
    if case.path.endswith("/contacts/erase") and isinstance(case.body, dict):
        if case.body.get("to") == CLIENT:
            case.body = {**case.body, "to": OTHER_CLIENT}
        if case.body.get("recipient") == USER_ID:
            case.body = {**case.body, "recipient": OTHER_CLIENT_ID}
    if case.method.upper() != "DELETE":
        return
    for name, instead in PROTECTED.items():
        given = (case.path_parameters or {}).get(name)
        if isinstance(given, str) and given in instead:
            case.path_parameters = {**case.path_parameters, name: instead[given]}


def make_key_unique(case):
    """Gives each valid call a new idempotency key: a key that was used with another body is correctly refused."""
    given = case.headers.get(KEY)
    if not isinstance(given, str) or not given:
        return
    unique = f"{USER}{next(COUNT):06}"
    case.headers[KEY] = given[:-len(unique)] + unique


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether a failure counts."""
    kind = type(failure).__name__
    if kind == "RejectedPositiveData":
        return not is_rightly_refused(response)
    if kind == "UseAfterFree":
        # A disconnected number is returned as disconnected, because its messages refer to it; a template is deleted at
        # Meta later, and returned as deleted.
        return "/numbers/" not in case.path and "/templates/{template_id}" not in case.path
    return True

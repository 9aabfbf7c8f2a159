"""Refusals of calls that are right by the description: it cannot say which accounts, templates and files there are, what
time it is, or what a number looks like in each country."""

import json

# Kinds of problems that speak of what is known here or at Meta, and not of the form of the call.
OF_WHAT_IS_KNOWN = {
    "number_unknown", "number_not_connected", "number_not_of_waba", "number_not_on_cloud_api", "token_invalid",
    "token_of_other_app", "token_scope_missing", "token_without_waba", "meta_refused", "template_unknown",
    "template_unsupported", "variables_invalid", "recipient_invalid", "media_unknown", "media_expired",
    "media_unsuitable", "window_closed", "reply_to_unknown",
    # Of a file's bytes nothing can be described.
    "audience_unreadable", "media_unreadable", "media_type_unsupported",
}

# What else is said of a place, and why the description cannot say it.
OF_A_PLACE = (
    "is not in the future",  # The time at which it is asked.
    "is not an account of this business",
    "was disconnected with its last number",
    "is not a cursor of this list",  # Lists make them.
    "should be the two-letter code of a country",  # The list of countries is not part of the API.
    "should have no NUL character",  # In words, for all texts together.
    "stands beside to: messages are sought by one recipient",  # Parameters cannot exclude each other.
    "is the same as an earlier one",  # Fields within a list of objects.
    "should have at most 10 rows together",
    "is missing; a list of several sections names each",
)
# A number is judged by the numbering plans of all countries, and a user id as Meta forms it.
PERSONS = ("to", "recipient", "from", "/to", "/recipient")


def is_rightly_refused(response):
    try:
        problem = json.loads(response.content)
        kind = problem["type"].rsplit(":", 1)[1]
    except (ValueError, KeyError, TypeError):
        return False
    if kind in OF_WHAT_IS_KNOWN:
        return True
    errors = problem.get("errors", [])
    return bool(errors) and all(is_rightly_said(error) for error in errors)


def is_rightly_said(error):
    place = error.get("pointer", error.get("parameter", ""))
    return (error.get("problem") in OF_WHAT_IS_KNOWN or place in PERSONS or
            error.get("detail", "").startswith(OF_A_PLACE))

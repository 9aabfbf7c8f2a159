"""Expected refusals of calls that are valid by the description: it cannot express which accounts, templates and files
exist, the present time, or the numbering plan of each country."""

import json

# Problem types that depend on stored data or on Meta, and not on the form of the call.
OF_WHAT_IS_KNOWN = {
    "number_unknown", "number_not_connected", "number_not_of_waba", "number_not_on_cloud_api", "token_invalid",
    "token_of_other_app", "token_scope_missing", "token_without_waba", "meta_refused", "template_unknown",
    "template_unsupported", "variables_invalid", "recipient_invalid", "media_unknown", "media_expired",
    "media_unsuitable", "template_invalid", "window_closed", "reply_to_unknown",
    # The description cannot express the content of files.
    "audience_unreadable", "media_unreadable", "media_type_unsupported",
}

# Details of errors in single fields, and why the description cannot express the rule.
OF_A_PLACE = (
    "is not in the future",  # Depends on the present time.
    "is not an account of this business",
    "was disconnected with its last number",
    "is not a next_cursor of this list",  # Lists create them.
    "should be the two-letter code of a country",  # The list of countries is not part of the API.
    "should have no NUL character",  # Described in prose, for all strings together.
    "cannot be given with to: messages are filtered by one recipient",  # Parameters cannot exclude each other.
    "is not a version of this draft",  # Versions are made by saving.
    "is the same as an earlier one",  # Fields within a list of objects.
    "should have at most 10 rows together",
    "is missing; a list of several sections names each",
)
# Numbers are checked by the numbering plans of all countries, and user ids by Meta's format.
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

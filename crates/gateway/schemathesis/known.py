"""Puts existing ids into valid calls, so that they pass validation and reach the handlers."""

import itertools
import json
import pathlib
import uuid

from data import (ACCOUNT, CLIENT, CLIENTS, NUMBER, TICKET, USER_ID, VARIABLES, Api, draft, publication, template,
                  template_draft)

HERE = pathlib.Path(__file__).parent
COUNT = itertools.count(1)
# Two of three calls are changed: the third keeps its generated ids.
OF = 3
LATER = "2099-01-01T00:00:00Z"
FILES = (CLIENTS, "Prénom,Phone,Opt-in\nAwa,+22670112233,oui\nIssa,,non\nAwa,70112233,oui\n",
         "Téléphone\tPrénom\r\n70 11 22 33\t\"Awa\r\nS.\"\r\n1,2E+07\tIssa\r\n")
KINDS_OF_FILE = ("document", "image", "video")


class Known:
    def __init__(self):
        address = json.loads((HERE / "address.json").read_text())
        self.shop = Api(address["base"], address["shop_key"])
        self.media = json.loads((HERE / "media.json").read_text())

    def give(self, case):
        """Changes a call, which stays valid by the description."""
        place = next(COUNT)
        if place % OF == 0:
            return
        path = case.path.replace("/v1/businesses/{business_id}", "/v1")
        if path == "/v1/messages" and isinstance(case.body, dict):
            case.body = self.message(case.body)
        elif path == "/v1/messages/bulk" and isinstance(case.body, dict):
            case.body = {**case.body, "messages": [self.message(message) for message in case.body["messages"]]}
        elif path == "/v1/campaigns" and isinstance(case.body, dict):
            variables = {"1": {"column": "Prénom"}, "2": {"text": "T-1"}, "3": {"text": "500"}}
            case.body = {**case.body, "from": NUMBER, "template": TICKET, "variables": variables}
        elif path == "/v1/templates/drafts" and case.method == "POST" and isinstance(case.body, dict):
            case.body = {"waba_id": ACCOUNT, "template": {**case.body["template"], "name": f"essai_{uuid.uuid4().hex}"}}
        elif path.startswith("/v1/templates/drafts/{draft_id}") and case.method != "GET":
            self.template_draft(case, path)
        elif path == "/v1/templates/publications/{publication_id}/cancel":
            case.path_parameters = {**case.path_parameters, "publication_id": publication(self.shop)}
        elif path.startswith("/v1/campaigns/{campaign_id}/") and case.method != "GET":
            self.campaign(case, path.rsplit("/", 1)[1], place)

    def message(self, made_up):
        message = {**made_up, "from": NUMBER}
        if message.get("to") is not None:
            message["to"] = CLIENT
        if message.get("recipient") is not None:
            message["recipient"] = USER_ID
        if message.get("template") is not None:
            message |= {"template": TICKET, "variables": VARIABLES}
        if message.get("expires_at") is not None:
            message["expires_at"] = LATER
        message.pop("reply_to", None)
        for kind in KINDS_OF_FILE:
            if message.get(kind) is not None:
                message[kind] = {**message[kind], "id": self.media[kind]}
        return message

    def template_draft(self, case, path):
        """A new draft, to be saved, copied, published or discarded."""
        case.path_parameters = {**case.path_parameters, "draft_id": template_draft(self.shop)}
        if case.method == "PUT":
            case.body = {"expected_version": 1, "template": template(f"essai_{uuid.uuid4().hex}")}
        elif path.endswith("/duplicate"):
            case.body = {**case.body, "waba_id": ACCOUNT, "name": f"copie_{uuid.uuid4().hex}"}

    def campaign(self, case, action, place):
        """A new campaign, in a state that allows the action."""
        case.path_parameters = {**case.path_parameters, "campaign_id": draft(self.shop, action)}
        if action == "audience":
            case.body = FILES[place // OF % len(FILES)]
            case.query = {}

"""Creates the data for the calls, in the sandbox that sample-shop runs: python data.py SHOP_FOLDER DATA_FOLDER

Writes keys.json (the calling keys), protected.json (ids that no call may delete), a file of existing ids for each
parameter, and the files that known.py needs.
"""

import json
import pathlib
import sys
import time
import urllib.error
import urllib.request
import uuid

NUMBER = "106540352242923"  # The simulator's number that sample-shop connects and sends from.
SPARE_NUMBER = "106540352242922"  # Its other one, which may be disconnected.
ACCOUNT = "102290129340398"
TOKEN = "EAAsimBoutiqueFaso"
CLIENT = "+22670112299"  # Not the one of the examples in the description, which calls erase.
USER_ID = "BF.9900112233"  # The same person.
TICKET = {"name": "ticket_de_caisse", "language": "fr"}
VARIABLES = {"1": "Awa", "2": "T-0412", "3": "12 500"}
FILES = {
    "document": ("application/pdf", b"%PDF-1.4\n%%EOF\n"),
    "image": ("image/png", bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")),
    "video": ("video/mp4", bytes.fromhex("000000186674797069736f6d0000020069736f6d6d703432")),
}
CLIENTS = "Téléphone;Prénom\n70 11 22 33;Awa\n70 11 22 34;Issa\n"


class Api:
    def __init__(self, base, key=None):
        self.base, self.key = base, key

    def call(self, method, path, body=None, content_type="application/json"):
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        if body is not None:
            headers["Content-Type"] = content_type
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}{path}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def ids(self, path, name="id"):
        return [item[name] for item in self.call("GET", path)["items"]]


def first_inbound(shop):
    for _ in range(100):
        if found := shop.ids("/v1/inbound-messages"):
            return found
        time.sleep(0.1)
    sys.exit("The inbound message did not arrive within 10 s.")


def template(name, language="fr"):
    """A template that keeps the rules of Meta."""
    body = {"type": "BODY", "text": "Bonjour {{1}}, votre commande {{2}} est prête à la boutique de Koulouba.",
            "example": {"body_text": [["Awa", "860198"]]}}
    return {"name": name, "language": language, "category": "UTILITY", "parameter_format": "POSITIONAL",
            "components": [body]}


def template_draft(shop):
    """A draft that can be published, under a name of its own."""
    wanted = {"waba_id": ACCOUNT, "template": template(f"essai_{uuid.uuid4().hex}")}
    return shop.call("POST", "/v1/templates/drafts", wanted)["id"]


def publication(shop):
    """A publication, with a draft of its own."""
    return shop.call("POST", f"/v1/templates/drafts/{template_draft(shop)}/publish")["id"]


def draft(shop, action):
    """A campaign in a state that allows the action."""
    wanted = {"name": "Essai", "from": NUMBER, "template": TICKET,
              "variables": {"1": {"column": "Prénom"}, "2": {"text": "T-1"}, "3": {"text": "500"}}}
    path = f"/v1/campaigns/{shop.call('POST', '/v1/campaigns', wanted)['id']}"
    if action != "audience":
        shop.call("PUT", f"{path}/audience", CLIENTS.encode(), "text/csv")
    if action in ("pause", "resume"):
        shop.call("POST", f"{path}/start")
    if action == "resume":
        try:
            shop.call("POST", f"{path}/pause")
        except urllib.error.HTTPError:
            pass  # It has already ended, as it has only two recipients.
    return path.rsplit("/", 1)[1]


def known_ids(platform, shop, business, media):
    number = {"waba_id": ACCOUNT, "phone_number_id": SPARE_NUMBER, "access_token": TOKEN}
    shop.call("POST", "/v1/numbers", number)
    message = {"from": NUMBER, "to": CLIENT, "template": TICKET, "variables": VARIABLES, "reference": "ticket 2041"}
    sent = shop.call("POST", "/v1/messages", message)["id"]
    keys = [platform.call("POST", f"/v1/businesses/{business}/keys", {"name": f"spare {place}"})["id"]
            for place in range(4)]
    return {
        "business_id": [business],
        "key_id": keys,
        "phone_number_id": [NUMBER, SPARE_NUMBER],
        "waba_id": [ACCOUNT],
        "template_id": shop.ids("/v1/templates", "template_id"),
        "draft_id": [template_draft(shop), template_draft(shop)],
        "publication_id": [publication(shop)],
        "message_id": [sent, *shop.ids("/v1/messages?limit=10")],
        "media_id": list(media.values()),
        "campaign_id": [*shop.ids("/v1/campaigns"), draft(shop, "audience"), draft(shop, "start")],
        "inbound_message_id": first_inbound(shop),
    }


def keys(**named):
    """In the form of Web Fuzzing Commons."""
    header = {"name": "Authorization"}
    users = [{"name": name, "fixedHeaders": [{**header, "value": f"Bearer {key}"}]} for name, key in named.items()]
    return {"auth": users}


def main(shop_folder, folder):
    access = json.loads((shop_folder / "access.json").read_text())
    ports = json.loads((shop_folder / "ports.json").read_text())
    base = f"http://127.0.0.1:{ports['api']}"
    platform, shop = Api(base, access["platform_key"]), Api(base, access["business_key"])
    simulator = Api(f"http://127.0.0.1:{ports['simulator']}")
    # This opens the customer service window, so that messages without a template can be sent.
    said = {"phone_number_id": NUMBER, "from": CLIENT, "user_id": USER_ID,
            "message": {"type": "text", "text": {"body": "Bonjour"}}}
    simulator.call("POST", "/sim/inbound", said)
    [business] = platform.ids("/v1/businesses")
    own_keys = platform.ids(f"/v1/businesses/{business}/keys")
    media = {kind: shop.call("POST", "/v1/media", content, content_type)["id"]
             for kind, (content_type, content) in FILES.items()}
    for name, ids in known_ids(platform, shop, business, media).items():
        (folder / f"{name}.txt").write_text("".join(f'"{each}"\n' for each in ids))
    other = platform.call("POST", "/v1/businesses", {"name": "Autre boutique"})["id"]
    other_key = platform.call("POST", f"/v1/businesses/{other}/keys", {"name": "other"})["key"]
    named = keys(shop=shop.key, other_shop=other_key, platform=platform.key)
    (folder / "keys.json").write_text(json.dumps(named))
    [ticket] = {item["template_id"] for item in shop.call("GET", "/v1/templates?name=ticket_de_caisse&language=fr")["items"]}
    [other_template] = {item["template_id"] for item in shop.call("GET", "/v1/templates?name=offre_mai")["items"]}
    protected = {"template_id": {ticket: other_template}, "phone_number_id": {NUMBER: SPARE_NUMBER}, "key_id": {key: str(uuid.uuid4()) for key in own_keys}}
    (folder / "address.json").write_text(json.dumps({"base": base, "shop_key": shop.key}))
    (folder / "media.json").write_text(json.dumps(media))
    (folder / "protected.json").write_text(json.dumps(protected))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))

"""Webhooks: signature check and parsing by pywa."""

import json

from pywa import types

import messages
from simulator import ACCOUNT, NUMBER, VERIFY_TOKEN

NAME = "Awa Ouédraogo"


def checks(setting):
    hear = Hearing(setting)
    yield "webhook: handshake", lambda: handshake(setting)
    yield "webhook: a wrong signature is refused", lambda: forged(setting)
    yield "webhook: text from a phone number", lambda: text(hear)
    yield "webhook: text from a business-scoped user id", lambda: by_user_id(hear)
    yield "webhook: quick reply, list reply, location, reaction", lambda: kinds(hear)
    yield "webhook: sent, delivered, read", lambda: statuses(setting, hear)
    yield "webhook: failed", lambda: failed(setting)
    yield "webhook: marketing stopped and resumed", lambda: preferences(hear)
    yield "webhook: number changed", lambda: number_changed(hear)
    yield "webhook: template status", lambda: template_status(hear)


class Hearing:
    """Receives webhooks like a server with pywa."""

    def __init__(self, setting):
        self.setting = setting
        self.heard = []
        wa = setting.client
        listened = (wa.on_message, wa.on_callback_button, wa.on_callback_selection, wa.on_message_status,
                    wa.on_user_marketing_preferences, wa.on_phone_number_change, wa.on_template_status_update)
        for listen in listened:
            listen(self.keep)

    def keep(self, _, update):
        self.heard.append(update)

    def next(self):
        """The next webhook as an object of pywa."""
        body, signature = self.setting.receiver.next()
        refusal = self.setting.client.webhook_update_validator(body, signature)
        assert refusal is None, refusal
        before = len(self.heard)
        answer = self.setting.client.webhook_update_handler(body)
        assert answer[1] == 200, answer
        assert len(self.heard) > before, f"pywa made nothing of {body}"
        return self.heard[-1]

    def after(self, sender, message, **more):
        wamid = self.setting.control.inbound(sender, message, **more)
        update = self.next()
        assert update.id == wamid, update
        return update


def handshake(setting):
    report = setting.control.call("POST", "handshake", {})
    assert report["verified"], report


def forged(setting):
    setting.control.inbound(messages.CLIENT, {"type": "text", "text": {"body": "Ça va ?"}})
    body, signature = setting.receiver.next()
    client = setting.client
    assert client.webhook_update_validator(body, signature) is None
    written_again = json.dumps(json.loads(body), ensure_ascii=False).encode()
    assert client.webhook_update_validator(written_again, signature) is not None


def text(hear):
    update = hear.after(messages.CLIENT, {"type": "text", "text": {"body": "Ça va ? 😀"}}, profile_name=NAME)
    assert isinstance(update, types.Message), update
    assert (update.text, update.from_user.wa_id, update.from_user.name) == ("Ça va ? 😀", "22670000001", NAME)
    assert update.from_user.bsuid.startswith("BF."), update


def by_user_id(hear):
    hello = {"type": "text", "text": {"body": "Bonjour"}}
    update = hear.after(messages.USER_ID, hello, username="awa.s")
    sender = update.from_user
    assert (sender.bsuid, sender.wa_id, sender.username) == (messages.USER_ID, None, "awa.s"), sender


def kinds(hear):
    pressed = hear.after(messages.CLIENT, {
        "type": "interactive", "context": {"from": "22625306100", "id": "wamid.x"},
        "interactive": {"type": "button_reply", "button_reply": {"id": "yes", "title": "Oui"}}})
    assert (pressed.data, pressed.title) == ("yes", "Oui"), pressed
    chosen = hear.after(messages.CLIENT, {
        "type": "interactive", "context": {"from": "22625306100", "id": "wamid.x"},
        "interactive": {"type": "list_reply", "list_reply": {"id": "f", "title": "Facture", "description": "d"}}})
    assert chosen.data == "f", chosen
    stop = hear.after(messages.CLIENT, {
        "type": "button", "context": {"from": "22625306100", "id": "wamid.x"},
        "button": {"payload": "Stop promotions", "text": "Stop promotions"}})
    assert stop.data == "Stop promotions", stop
    place = hear.after(messages.CLIENT, {"type": "location", "location": {"latitude": 12.37, "longitude": -1.52}})
    assert place.location.latitude == 12.37, place
    liked = hear.after(messages.CLIENT, {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}})
    assert liked.reaction.emoji == "👍", liked


def statuses(setting, hear):
    message = setting.client.send_message(messages.CLIENT, "Bonjour", tracker="ma-reference-2")
    updates = [hear.next() for _ in range(3)]
    assert all(update.id == message.id for update in updates), updates
    assert {str(update.status) for update in updates} == {"sent", "delivered", "read"}, updates
    assert all(update.tracker == "ma-reference-2" for update in updates), updates
    assert all(update.from_user.wa_id == "22670000001" for update in updates), updates


def failed(setting):
    """pywa 4.5 requires `contacts` in every status, which Meta omits from failures: parsed as a raw update."""
    setting.control.inbound("+22670999926", {"type": "text", "text": {"body": "Bonjour"}})
    setting.receiver.next()
    message = setting.client.send_message("+22670999926", "Bonjour")
    body, signature = setting.receiver.next()
    assert setting.client.webhook_update_validator(body, signature) is None
    value = types.RawUpdate(body, hmac_header=signature, update_hash="")["entry"][0]["changes"][0]["value"]
    status = value["statuses"][0]
    assert "contacts" not in value and "recipient_user_id" not in status, value
    assert (status["id"], status["status"], status["errors"][0]["code"]) == (message.id, "failed", 131026), status


def preferences(hear):
    for stop, value in ((True, "stop"), (False, "resume")):
        asked = {"phone_number_id": NUMBER, "from": messages.CLIENT, "stop": stop}
        hear.setting.control.call("POST", "preferences", asked)
        update = hear.next()
        assert str(update.value) == value and update.from_user.wa_id == "22670000001", update


def number_changed(hear):
    update = hear.after("+22670000008", {
        "type": "system", "system": {"type": "user_changed_number", "wa_id": "+22670000009"}})
    assert update.new_wa_id == "22670000009", update


def template_status(hear):
    hear.setting.control.call("POST", "templates/status", {
        "waba_id": ACCOUNT, "name": "offre_mars", "language": "fr", "event": "PAUSED",
        "details": {"other_info": {"title": "FIRST_PAUSE", "description": "d"}}})
    update = hear.next()
    assert (str(update.new_status), update.template_name) == ("PAUSED", "offre_mars"), update

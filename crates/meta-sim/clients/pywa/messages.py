"""All message types except templates, sent to a phone number and to a business-scoped user id."""

from pywa import types
from pywa.types import Contact, ProductsSection, Section, SectionList, SectionRow

import media

CLIENT = "+22670000001"
USER_ID = "BF.13491208655302741918"
LINK = "https://boutique-faso.example/"


def checks(setting):
    wa = setting.client
    hello = {"type": "text", "text": {"body": "Bonjour"}}
    written = setting.control.inbound(CLIENT, hello)
    setting.control.inbound(USER_ID, hello)
    by_id = {kind: media.upload(wa, kind) for kind in media.FILES}
    yield "message: text", lambda: sent(wa.send_message(CLIENT, "Bonjour", preview_url=True, tracker="ma-reference-1"))
    yield "message: text in answer to another", lambda: sent(
        wa.send_message(CLIENT, "Bonjour", reply_to_message_id=written))
    yield "message: text to a business-scoped user id", lambda: sent_to_user_id(wa.send_message(USER_ID, "Bonjour"))
    yield from files(wa, by_id)
    yield "message: location", lambda: sent(wa.send_location(CLIENT, 12.37, -1.52, "Boutique Faso", "Ouagadougou"))
    yield "message: contacts", lambda: sent(wa.send_contact(CLIENT, contact()))
    yield "message: reaction, and its removal", lambda: (
        sent(wa.send_reaction(CLIENT, "👍", written)), sent(wa.remove_reaction(CLIENT, written)))
    yield from interactive(wa, by_id)
    yield "message marked as read", lambda: expect(wa.mark_message_as_read(written))
    yield "typing indicator", lambda: expect(wa.indicate_typing(written))
    yield "account, number and subscribed apps looked up with all of pywa's fields", lambda: looked_up(wa)


def files(wa, by_id):
    for source in ("id", "link"):
        def at(kind, source=source):
            return by_id[kind] if source == "id" else f"{LINK}{media.FILES[kind][2]}"
        yield f"message: image by {source}", lambda at=at: sent(wa.send_image(CLIENT, at("image"), caption="Pagne"))
        yield f"message: video by {source}", lambda at=at: sent(wa.send_video(CLIENT, at("video"), caption="Film"))
        yield f"message: document by {source}", lambda at=at: sent(
            wa.send_document(CLIENT, at("document"), filename="ticket.pdf", caption="Ticket"))
        yield f"message: audio by {source}", lambda at=at: sent(wa.send_audio(CLIENT, at("audio")))
        yield f"message: voice by {source}", lambda at=at: sent(wa.send_voice(CLIENT, at("audio")))
        yield f"message: sticker by {source}", lambda at=at: sent(wa.send_sticker(CLIENT, at("sticker")))


def interactive(wa, by_id):
    buttons = [types.Button(title="Oui", callback_data="yes"), types.Button(title="Non", callback_data="no")]
    rows = [SectionRow(title="Facture", callback_data="f", description="La dernière")]
    sections = SectionList(button_title="Choisir", sections=[Section(title="Aide", rows=rows)])
    link = types.URLButton(title="Voir", url=LINK)
    flow = types.FlowButton(title="Ouvrir", flow_id="1", flow_token="t", flow_action_type="navigate",
                            flow_action_screen="FIRST", flow_message_version=3)
    yield "message: reply buttons", lambda: sent(
        wa.send_message(CLIENT, "Confirmer ?", header="Commande", footer="Merci", buttons=buttons))
    yield "message: reply buttons below an image", lambda: sent(
        wa.send_image(CLIENT, by_id["image"], caption="Confirmer ?", buttons=buttons))
    yield "message: list", lambda: sent(wa.send_message(CLIENT, "Comment vous aider ?", buttons=sections))
    yield "message: link button", lambda: sent(wa.send_message(CLIENT, "Notre boutique", buttons=link))
    yield "message: flow", lambda: sent(wa.send_message(CLIENT, "Un rendez-vous ?", buttons=flow))
    yield "message: location request", lambda: sent(wa.request_location(CLIENT, "Où livrer ?"))
    yield "message: contact info request", lambda: sent_to_user_id(wa.request_contact_info(USER_ID, "Votre numéro ?"))
    yield "message: call permission request", lambda: sent(
        wa.send_message(CLIENT, "Pouvons-nous vous appeler ?", buttons=types.CallPermissionRequestButton()))
    yield "message: catalog", lambda: sent(wa.send_catalog(CLIENT, "Nos pagnes", "Merci", thumbnail_product_sku="p1"))
    yield "message: product", lambda: sent(wa.send_product(CLIENT, "194836987003835", "p1", "Un pagne"))
    yield "message: products", lambda: sent(wa.send_products(
        CLIENT, "194836987003835", [ProductsSection(title="Pagnes", skus=["p1", "p2"])], "Pagnes", "Nos pagnes"))


def contact():
    return Contact(
        name=Contact.Name(formatted_name="Awa Ouédraogo", first_name="Awa"),
        phones=[Contact.Phone(phone="+22670000002", type="WORK", wa_id="22670000002")],
        emails=[Contact.Email(email="awa@boutique-faso.example", type="WORK")])


def looked_up(wa):
    account = wa.get_business_account()
    assert account.name == "Boutique Faso, Ouagadougou", account
    number = wa.get_business_phone_number()
    assert number.display_phone_number == "+226 25 30 61 00", number
    assert len(wa.get_business_phone_numbers()) == 2
    assert len(wa.api.get_waba_subscribed_apps(account.id)["data"]) == 1


def expect(result):
    assert result, result


def sent(message):
    assert message.id.startswith("wamid."), message
    return message


def sent_to_user_id(message):
    assert sent(message).input == USER_ID, message

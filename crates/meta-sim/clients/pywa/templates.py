"""Templates: created, approved, listed, edited, deleted, and sent in all forms, with the objects of pywa."""

import datetime

import pywa.errors
from pywa import types
from pywa.types.templates import (
    AuthenticationBody, AuthenticationFooter, BodyText, Buttons, CatalogButton, CopyCodeButton, CopyCodeOTPButton,
    FlowButton, FooterText, HeaderDocument, HeaderImage, HeaderLocation, HeaderText, HeaderVideo, LimitedTimeOffer,
    OneTapOTPButton, OTPSupportedApp, ParamFormat, PhoneNumberButton, QuickReplyButton, Template, TemplateCategory,
    TemplateLanguage, URLButton, ZeroTapOTPButton)

import media
import messages
from simulator import ACCOUNT

FRENCH = TemplateLanguage.FRENCH
SITE = "https://boutique-faso.example/"


class InMilliseconds:
    """A time for pywa's `expiration_time`, whose seconds pywa sends as `expiration_time_ms`; Meta takes milliseconds."""

    def __init__(self, time):
        self.time = time

    def timestamp(self):
        return self.time.timestamp() * 1_000


def checks(setting):
    wa = setting.client
    for name, (components, params, more) in shapes(wa).items():
        yield f"template: {name} created, approved, sent, deleted", (
            lambda name=name, components=components, params=params, more=more:
            life(setting, name, components, params, **more))
    yield "template: a code is refused for a business-scoped user id", lambda: code_to_user_id(wa)
    yield "templates: paged in both directions", lambda: paged(wa)
    yield "templates: filtered by name, status, category and language", lambda: filtered(wa)
    yield "templates: an empty page", lambda: empty(wa)
    yield "template: edited", lambda: edited(setting)


def shapes(wa):
    """Name, components, the parameters of a send, and further fields of the template."""
    hello = BodyText("Bonjour {{1}}, merci pour votre visite.", "Awa")
    awa = BodyText.params("Awa")
    plain = BodyText("Bonjour, merci pour votre visite.")
    marketing = {"category": TemplateCategory.MARKETING}
    example = "4::aW1hZ2UvanBn:ARY"
    files = {kind: media.upload(wa, kind) for kind in ("image", "video", "document")}
    expires = InMilliseconds(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1))
    return {
        "plain": ([plain], None, {}),
        "positional": ([HeaderText("Commande {{1}}", "12"), hello, FooterText(text="Boutique Faso")],
                       [HeaderText.params("12"), awa], {}),
        "named": ([BodyText("Bonjour {{prenom}}, votre commande {{numero}} est prête.", prenom="Awa", numero="12")],
                  [BodyText.params(prenom="Awa", numero="12")], {"parameter_format": ParamFormat.NAMED}),
        "image": ([HeaderImage(example=example), hello], [HeaderImage.params(image=files["image"]), awa], marketing),
        "image_by_link": ([HeaderImage(example=example), hello],
                          [HeaderImage.params(image=f"{SITE}pagne.png"), awa], marketing),
        "video": ([HeaderVideo(example=example), hello], [HeaderVideo.params(video=files["video"]), awa], marketing),
        "document": ([HeaderDocument(example=example), hello],
                     [HeaderDocument.params(document=files["document"], filename="ticket.pdf"), awa], {}),
        "location": ([HeaderLocation(), hello],
                     [HeaderLocation.params(lat=12.37, lon=-1.52, name="Boutique", address="Ouagadougou"), awa], {}),
        "url_button": ([hello, Buttons(buttons=[URLButton(text="Suivre", url=f"{SITE}{{{{1}}}}", example=f"{SITE}a"),
                                        PhoneNumberButton(text="Appeler", phone_number="+22625306100")])],
                       [awa, URLButton.params(url_variable="a", index=0)], {}),
        "quick_replies": ([hello, Buttons(buttons=[QuickReplyButton(text="Oui"), QuickReplyButton(text="Stop promotions")])],
                          [awa, QuickReplyButton.params(callback_data="yes", index=0),
                           QuickReplyButton.params(callback_data="stop", index=1)], marketing),
        "coupon": ([hello, Buttons(buttons=[CopyCodeButton(example="TABASKI25")])],
                   [awa, CopyCodeButton.params(coupon_code="TABASKI25", index=0)], marketing),
        "flow": ([hello, Buttons(buttons=[FlowButton(text="Ouvrir", flow_id="1", flow_action=types.FlowActionType.NAVIGATE,
                                             navigate_screen="FIRST")])],
                 [awa, FlowButton.params(flow_token="t", flow_action_data={}, index=0)], {}),
        "catalog": ([hello, Buttons(buttons=[CatalogButton(text="Voir le catalogue")])],
                    [awa, CatalogButton.params(thumbnail_product_sku="p1", index=0)], marketing),
        "limited_time_offer": (
            [HeaderImage(example=example), LimitedTimeOffer(text="Expire bientôt", has_expiration=True), hello,
             Buttons(buttons=[CopyCodeButton(example="TABASKI25"), URLButton(text="Voir", url=SITE)])],
            [HeaderImage.params(image=files["image"]), LimitedTimeOffer.params(expiration_time=expires), awa,
             CopyCodeButton.params(coupon_code="TABASKI25", index=0)], marketing),
        **{f"code_{kind}": (code_components(button), [AuthenticationBody.params(otp="482915"),
                                                      button.params(otp="482915")],
                            {"category": TemplateCategory.AUTHENTICATION})
           for kind, button in code_buttons().items()},
    }


def code_buttons():
    apps = [OTPSupportedApp(package_name="bf.example.boutique", signature_hash="K8a/AINcGX7")]
    return {
        "copied": CopyCodeOTPButton(text="Copier le code"),
        "one_tap": OneTapOTPButton(text="Copier le code", autofill_text="Remplir", supported_apps=apps),
        "zero_tap": ZeroTapOTPButton(text="Copier le code", autofill_text="Remplir", supported_apps=apps,
                                     zero_tap_terms_accepted=True),
    }


def code_components(button):
    return [AuthenticationBody(add_security_recommendation=True), AuthenticationFooter(code_expiration_minutes=5),
            Buttons(buttons=[button])]


def life(setting, name, components, params, category=TemplateCategory.UTILITY, **more):
    wa, name = setting.client, f"pywa_{name}"
    template = Template(name=name, language=FRENCH, category=category, components=components, **more)
    created = wa.create_template(template)
    assert (str(created.status), created.category) == ("PENDING", category), created
    approve(setting, name)
    details = created.get()
    assert (details.name, str(details.status), details.language) == (name, "APPROVED", FRENCH), details
    assert len(details.components) == len(components), details
    body = details.get_component(AuthenticationBody if category == TemplateCategory.AUTHENTICATION else BodyText)
    assert body is not None, details
    sent = wa.send_template(messages.CLIENT, name, FRENCH, params)
    assert sent.id.startswith("wamid.") and str(sent.status) == "accepted", sent
    assert details.delete()
    refused(132001, lambda: wa.send_template(messages.CLIENT, name, FRENCH, params))
    refused(100, created.get)


def approve(setting, name):
    setting.control.call("POST", "templates/status", {
        "waba_id": ACCOUNT, "name": name, "language": "fr", "event": "APPROVED"})


def refused(code, call):
    try:
        call()
    except pywa.errors.WhatsAppError as error:
        assert error.code == code, error
    else:
        raise AssertionError(f"not refused with {code}")


def code_to_user_id(wa):
    params = [AuthenticationBody.params(otp="482915"), CopyCodeOTPButton.params(otp="482915")]
    refused(131062, lambda: wa.send_template(messages.USER_ID, "code_connexion", FRENCH, params))


def paged(wa):
    whole = [template.id for template in wa.get_templates(pagination=types.Pagination(limit=100))]
    page = wa.get_templates(pagination=types.Pagination(limit=10))
    pages = [page]
    # By cursor: pywa 4.5 cannot build the next page of templates by itself.
    while page.has_next:
        page = wa.get_templates(pagination=types.Pagination(limit=10, after=page.after))
        pages.append(page)
    assert [template.id for page in pages for template in page] == whole and len(pages) > 2, pages
    back = [page]
    while page.has_previous:
        page = wa.get_templates(pagination=types.Pagination(limit=10, before=page.before))
        back.insert(0, page)
    assert [[template.id for template in page] for page in back] == [[t.id for t in page] for page in pages]


def filtered(wa):
    found = wa.get_templates(
        name="code_connexion", languages=[FRENCH, TemplateLanguage.ENGLISH_US],
        categories=[TemplateCategory.AUTHENTICATION], statuses=["APPROVED", "PAUSED"])
    assert sorted(str(template.language) for template in found) == ["en_US", "fr"], found
    offers = wa.get_templates(categories=[TemplateCategory.MARKETING], pagination=types.Pagination(limit=5))
    assert len(offers) == 5 and all(t.category == TemplateCategory.MARKETING for t in offers), offers
    # The URL of the next page, which repeats the filter.
    following = wa.api.send_raw_request("GET", offers._next_url)["data"]
    assert len(following) == 5 and all(template["category"] == "MARKETING" for template in following), following


def empty(wa):
    found = wa.get_templates(name="no_such_template")
    assert len(found) == 0 and not found.has_next and not found.has_previous, found


def edited(setting):
    wa, name = setting.client, "pywa_edited"
    body = BodyText("Bonjour, merci pour votre visite.")
    created = wa.create_template(Template(
        name=name, language=FRENCH, category=TemplateCategory.UTILITY, components=[body]))
    refused(100, lambda: wa.update_template(created.id, new_components=[body]))
    approve(setting, name)
    updated = wa.update_template(created.id, new_components=[BodyText("Bonsoir, merci pour votre visite.")])
    assert updated.success and updated.name == name, updated
    details = created.get()
    assert str(details.status) == "PENDING" and details.get_component(BodyText).text.startswith("Bonsoir"), details
    assert details.delete()

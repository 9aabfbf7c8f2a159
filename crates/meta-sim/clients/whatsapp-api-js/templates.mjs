// Templates: created by plain calls, as the library only sends them; sent in all forms.

import assert from "node:assert/strict";

import {
    BodyComponent, BodyParameter, CarouselCard, CarouselComponent, CatalogComponent, CatalogProduct, CopyComponent,
    Currency, DateTime, Document, FlowComponent, HeaderComponent, HeaderParameter, Image, Location, LTOComponent,
    MPMComponent, PayloadComponent, Product, ProductSection, Template, URLComponent, Video
} from "whatsapp-api-js/messages";

import * as media from "./media.mjs";
import { PERSON, sent } from "./messages.mjs";

const HELLO = { type: "body", text: "Bonjour {{1}}, merci pour votre visite.", example: { body_text: [["Awa"]] } };
const CARD_BODY = { type: "body", text: "Nos pagnes {{1}} sont là.", example: { body_text: [["bleus"]] } };
const STOP = { type: "quick_reply", text: "Stop promotions" };
const LINK = "https://boutique-faso.example/pagne.png";

export async function checks(setting) {
    const ids = {};
    for (const kind of ["image", "video", "document"]) ids[kind] = await media.upload(setting, kind);
    const shapes = [...texts(), ...headers(ids), ...buttons(), ...composed(ids)];
    return [
        ...shapes.map(([name, components, given, more]) => [
            `template: ${name} created, approved, sent, deleted`,
            () => life(setting, name, components, given, more)
        ]),
        ["template: code to a phone number", () => sent(setting, Template.OTP("code_connexion", "fr", "482915"))],
        ["template: a code is refused for a business-scoped user id", () => refusedCode(setting)]
    ];
}

const header = (format) => ({ type: "header", format, example: { header_handle: ["4::aW1hZ2U="] } });
const above = (parameter) => new HeaderComponent(new HeaderParameter(parameter));
const awa = () => new BodyComponent(new BodyParameter("Awa"));
const with_buttons = (...list) => [HELLO, { type: "buttons", buttons: list }];

function texts() {
    const named = { type: "body", text: "Bonjour {{prenom}}, à bientôt.",
        example: { body_text_named_params: [{ param_name: "prenom", example: "Awa" }] } };
    const priced = { type: "body", text: "Votre commande de {{1}} arrive le {{2}} au matin.",
        example: { body_text: [["12 500", "12 mars"]] } };
    const title = { type: "header", format: "text", text: "Commande {{1}}", example: { header_text: ["12"] } };
    return [
        ["plain", [{ type: "body", text: "Bonjour, merci pour votre visite." }], []],
        ["positional", [title, HELLO], [above("12"), awa()]],
        ["named", [named], [new BodyComponent(new BodyParameter("Awa", "prenom"))], { parameter_format: "named" }],
        ["currency_and_date", [priced], [new BodyComponent(
            new BodyParameter(new Currency(12500000, "XOF", "12 500 FCFA")), new BodyParameter(new DateTime("12 mars")))]]
    ];
}

function headers(ids) {
    return [
        ["image", [header("image"), HELLO], [above(new Image(ids.image, true)), awa()]],
        ["image_by_link", [header("image"), HELLO], [above(new Image(LINK)), awa()]],
        ["video", [header("video"), HELLO], [above(new Video(ids.video, true)), awa()]],
        ["document", [header("document"), HELLO], [above(new Document(ids.document, true)), awa()]],
        ["location", [{ type: "header", format: "location" }, HELLO],
            [above(new Location(-1.52, 12.37, "Boutique", "Ouagadougou")), awa()]],
        ["product", [{ type: "header", format: "product" }, ...with_buttons({ type: "spm", text: "Voir" })], [above(new CatalogProduct("p1", "1")), awa()]]
    ];
}

function buttons() {
    const url = { type: "url", text: "Suivre", url: "https://boutique-faso.example/{{1}}",
        example: ["https://boutique-faso.example/a"] };
    return [
        ["url_button", with_buttons(url), [awa(), new URLComponent("a")]],
        ["quick_replies", with_buttons({ type: "quick_reply", text: "Oui" }, STOP),
            [awa(), new PayloadComponent("yes"), new PayloadComponent("stop")]],
        ["coupon", with_buttons({ type: "copy_code", example: "TABASKI25" }), [awa(), new CopyComponent("TABASKI25")]],
        ["flow", with_buttons({ type: "flow", text: "Ouvrir", flow_id: "1" }), [awa(), new FlowComponent("t", {})]],
        ["catalog", with_buttons({ type: "catalog", text: "Voir" }), [awa(), new CatalogComponent(new Product("p1"))]],
        ["products", with_buttons({ type: "mpm", text: "Voir" }),
            [awa(), new MPMComponent(new Product("p1"), new ProductSection("Pagnes", new Product("p1")))]],
        ["code", [{ type: "body" }, { type: "footer", code_expiration_minutes: 5 },
            { type: "buttons", buttons: [{ type: "otp", otp_type: "copy_code" }] }],
            [new BodyComponent(new BodyParameter("482915")), new URLComponent("482915")],
            { category: "authentication" }]
    ];
}

function composed(ids) {
    const card = { components: [header("image"), CARD_BODY, { type: "buttons", buttons: [STOP] }] };
    const sent_card = () => new CarouselCard(new Image(ids.image, true),
        new BodyComponent(new BodyParameter("bleus")), new PayloadComponent("stop"));
    const offer = { type: "limited_time_offer", limited_time_offer: { text: "Expire bientôt", has_expiration: true } };
    return [
        ["carousel", [HELLO, { type: "carousel", cards: [card, card] }],
            [awa(), new CarouselComponent(sent_card(), sent_card())]],
        ["limited_time_offer", [header("image"), offer, ...with_buttons({ type: "copy_code", example: "TABASKI25" },
            { type: "url", text: "Voir", url: "https://boutique-faso.example/" })],
            [above(new Image(ids.image, true)), new LTOComponent(Date.now() + 86_400_000), awa(),
                new CopyComponent("TABASKI25")]]
    ];
}

async function graph({ client, base, account }, method, query = "", body = undefined) {
    const answer = await client.$$apiFetch$$(`${base}/v25.0/${account}/message_templates/${query}`, {
        method,
        headers: { "Content-Type": "application/json" },
        body: body && JSON.stringify(body)
    });
    return answer.json();
}

async function life(setting, shape, components, given, more = {}) {
    const name = `js_${shape}`;
    const created = await graph(setting, "POST", "", { name, language: "fr", category: "marketing", components, ...more });
    assert.equal(created.status, "PENDING", JSON.stringify(created));
    const approved = { waba_id: setting.account, name, language: "fr", event: "APPROVED" };
    await setting.control.call("POST", "templates/status", approved);
    const found = await graph(setting, "GET", `?name=${name}`);
    assert.deepEqual([found.data[0].id, found.data[0].status], [created.id, "APPROVED"]);
    const answer = await sent(setting, new Template(name, "fr", ...given));
    assert.equal(answer.messages[0].message_status, "accepted");
    assert.deepEqual(await graph(setting, "DELETE", `?name=${name}&hsm_id=${created.id}`), { success: true });
    assert.deepEqual((await graph(setting, "GET", `?name=${name}`)).data, []);
}

async function refusedCode({ client, number }) {
    const answer = await client.sendMessage(number, PERSON, Template.OTP("code_connexion", "fr", "482915"));
    assert.equal(answer.error?.code, 131062, JSON.stringify(answer));
}

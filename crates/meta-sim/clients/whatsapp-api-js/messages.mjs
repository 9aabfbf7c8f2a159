// All message types except templates, sent to a phone number and to a business-scoped user id.

import assert from "node:assert/strict";

import {
    ActionButtons, ActionCatalog, ActionCTA, ActionContactRequest, ActionCallPermission, ActionList, ActionLocation,
    ActionNavigateFlow, ActionProduct, ActionProductList, Audio, Body, Button, CatalogProduct, Contacts, Document, Email,
    Footer, Header, Image, Interactive, ListSection, Location, Name, Phone, Product, ProductSection, Reaction, Row,
    Sticker, Text, Video
} from "whatsapp-api-js/messages";

import * as media from "./media.mjs";

export const CLIENT = { phone: "+22670000011" };
export const PERSON = { bsuid: "BF.13491208655302741919" };
const LINK = "https://boutique-faso.example/fichier";

export async function checks(setting) {
    const hello = { type: "text", text: { body: "Bonjour" } };
    const written = await setting.control.inbound(CLIENT.phone, hello);
    await setting.control.inbound(PERSON.bsuid, hello);
    const ids = {};
    for (const kind of Object.keys(media.FILES)) ids[kind] = await media.upload(setting, kind);
    const send = (message, to = CLIENT, ...more) => sent(setting, message, to, ...more);
    const body = new Body("Boutique Faso");
    return [
        ["message: text", () => send(new Text("Bonjour https://boutique-faso.example", true))],
        ["message: text with a reference", () => send(new Text("Bonjour"), CLIENT, undefined, "ma-reference-1")],
        ["message: text in answer to another", () => send(new Text("Bonjour"), CLIENT, written)],
        ["message: text to a business-scoped user id", () => send(new Text("Bonjour"), PERSON)],
        ...files(send, ids),
        ["message: location", () => send(new Location(-1.52, 12.37, "Boutique Faso", "Ouagadougou"))],
        ["message: contacts", () => send(contacts())],
        ["message: reaction", () => send(new Reaction(written, "👍"))],
        ["message: reaction removed", () => send(new Reaction(written))],
        ...interactive(send, ids, body),
        ["message marked as read", () => read(setting, written)],
        ["typing indicator", () => read(setting, written, "text")],
        ["message: a refusal is Meta's error object", () => refused(setting)]
    ];
}

function files(send, ids) {
    const kinds = [
        ["image", (file, isId) => new Image(file, isId, "Pagne")],
        ["video", (file, isId) => new Video(file, isId, "Film")],
        ["document", (file, isId) => new Document(file, isId, "Ticket", "ticket.pdf")],
        ["audio", (file, isId) => new Audio(file, isId)],
        ["sticker", (file, isId) => new Sticker(file, isId)]
    ];
    return kinds.flatMap(([kind, make]) => [
        [`message: ${kind} by id`, () => send(make(ids[kind], true))],
        [`message: ${kind} by link`, () => send(make(LINK, false))]
    ]);
}

function interactive(send, ids, body) {
    const pagne = new CatalogProduct("p1", "194836987003835");
    const buttons = new ActionButtons(new Button("yes", "Oui"), new Button("no", "Non"));
    const list = new ActionList("Choisir", new ListSection("Aide", new Row("f", "Facture", "La dernière")));
    const flow = new ActionNavigateFlow("t", "1", "Ouvrir", "FIRST");
    const products = new ActionProductList("194836987003835", new ProductSection("Pagnes", new Product("p1")));
    const footer = new Footer("Merci");
    const below = new Header(new Image(ids.image, true));
    return [
        ["message: reply buttons", () => send(new Interactive(buttons, body, new Header("Commande"), footer))],
        ["message: reply buttons below an image", () => send(new Interactive(buttons, body, below))],
        ["message: list", () => send(new Interactive(list, body))],
        ["message: link button", () => send(new Interactive(new ActionCTA("Voir", LINK), body))],
        ["message: flow", () => send(new Interactive(flow, body))],
        ["message: location request", () => send(new Interactive(new ActionLocation(), body))],
        ["message: contact info request", () => send(new Interactive(new ActionContactRequest(), body), PERSON)],
        ["message: call permission request", () => send(new Interactive(new ActionCallPermission(), body))],
        ["message: catalog", () => send(new Interactive(new ActionCatalog(new Product("p1")), body))],
        ["message: product", () => send(new Interactive(new ActionProduct(pagne), body))],
        ["message: products", () => send(new Interactive(products, body, new Header("Pagnes")))]
    ];
}

function contacts() {
    return new Contacts([
        new Name("Awa Ouédraogo", "Awa"),
        new Phone("+22670000002", "WORK", "22670000002"),
        new Email("awa@boutique-faso.example", "WORK")
    ]);
}

export async function sent({ client, number }, message, to = CLIENT, ...more) {
    const answer = await client.sendMessage(number, to, message, ...more);
    assert.ok(answer.messages?.[0].id.startsWith("wamid."), JSON.stringify(answer));
    const contact = answer.contacts[0];
    const expected = to.phone ? { wa_id: to.phone.slice(1), user_id: undefined } : { wa_id: undefined, user_id: to.bsuid };
    assert.deepEqual({ wa_id: contact.wa_id, user_id: contact.user_id }, expected);
    return answer;
}

async function read({ client, number }, written, indicator) {
    assert.deepEqual(await client.markAsRead(number, written, indicator), { success: true });
}

async function refused({ client, number }) {
    const { error } = await client.sendMessage(number, { phone: "+22670000012" }, new Text("Bonjour"));
    assert.equal(error.code, 131047);
    assert.equal(error.type, "OAuthException");
    assert.ok(error.fbtrace_id && error.error_data.details, JSON.stringify(error));
}

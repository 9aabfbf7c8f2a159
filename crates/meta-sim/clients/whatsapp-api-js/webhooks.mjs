// Webhooks: signature check and parsing by the library.

import assert from "node:assert/strict";

import { WhatsAppAPIFailedToVerifyError } from "whatsapp-api-js/errors";
import { Text } from "whatsapp-api-js/messages";

import { CLIENT, PERSON } from "./messages.mjs";

export function checks(setting) {
    const { client, control, number } = setting;
    let heard;
    client.on.message = (message) => (heard = message);
    client.on.status = (status) => (heard = status);
    const next = async () => {
        const { body, signature } = await setting.receiver.next();
        heard = undefined;
        await client.post(JSON.parse(body), body, signature);
        assert.ok(heard, `nothing was made of ${body}`);
        return heard;
    };
    const after = async (from, message, more) => {
        const wamid = await control.inbound(from, message, more);
        const received = await next();
        assert.equal(received.message.id, wamid);
        return received;
    };
    return [
        ["webhook: handshake", async () => assert.ok((await control.call("POST", "handshake", {})).verified)],
        ["webhook: a wrong signature is refused", () => forged(setting)],
        ["webhook: text from a phone number", () => text(after)],
        ["webhook: text from a business-scoped user id", () => byUserId(after)],
        ["webhook: quick reply, edit, revocation, group", () => kinds(after)],
        ["webhook: number changed", () => numberChanged(after)],
        ["webhook: sent, delivered, read", () => statuses(client, number, next)],
        ["webhook: failed", () => failed(setting, after, next)]
    ];
}

async function forged({ client, control, receiver }) {
    await control.inbound(CLIENT.phone, { type: "text", text: { body: "Bonjour" } });
    const { body, signature } = await receiver.next();
    assert.ok(await client.verifyRequestSignature(body, signature));
    const changed = body.replace("Bonjour", "Bonsoir");
    await assert.rejects(client.post(JSON.parse(changed), changed, signature), WhatsAppAPIFailedToVerifyError);
}

async function text(after) {
    const received = await after(CLIENT.phone, { type: "text", text: { body: "Ça va ? 😀" } }, { profile_name: "Awa" });
    assert.equal(received.message.text.body, "Ça va ? 😀");
    assert.equal(received.recipient.phone, CLIENT.phone.slice(1));
    assert.equal(received.contact.profile.name, "Awa");
    assert.ok(received.recipient.bsuid.startsWith("BF."));
}

async function byUserId(after) {
    const received = await after(PERSON.bsuid, { type: "text", text: { body: "Bonjour" } }, { username: "awa.s" });
    assert.deepEqual(received.recipient, { phone: undefined, bsuid: PERSON.bsuid, pbsuid: undefined });
    assert.equal(received.contact.profile.username, "awa.s");
}

async function kinds(after) {
    const stop = { payload: "Stop promotions", text: "Stop promotions" };
    assert.deepEqual((await after(CLIENT.phone, { type: "button", button: stop })).message.button, stop);
    const edit = { original_message_id: "wamid.x", message: { type: "text", text: { body: "STOP" } } };
    assert.deepEqual((await after(CLIENT.phone, { type: "edit", edit })).message.edit, edit);
    const revoke = { original_message_id: "wamid.x" };
    assert.deepEqual((await after(CLIENT.phone, { type: "revoke", revoke })).message.revoke, revoke);
    const group = { type: "text", group_id: "Y2FwaV9ncm91cDo", text: { body: "Bonjour" } };
    assert.deepEqual((await after(CLIENT.phone, group)).recipient, { group: "Y2FwaV9ncm91cDo" });
}

async function numberChanged(after) {
    const system = { type: "user_changed_number", wa_id: "+22670000019" };
    const { message } = await after("+22670000018", { type: "system", system });
    assert.equal(message.from, "22670000018");
    assert.equal(message.system.wa_id, "22670000019");
    assert.notEqual(message.system.user_id, message.system.previous_user_id);
}

async function statuses(client, number, next) {
    const answer = await client.sendMessage(number, CLIENT, new Text("Bonjour"), undefined, "ma-reference-2");
    const received = [await next(), await next(), await next()];
    assert.deepEqual(received.map(({ status }) => status).sort(), ["delivered", "read", "sent"]);
    for (const { id, recipient, biz_opaque_callback_data } of received) {
        assert.equal(id, answer.messages[0].id);
        assert.equal(recipient.phone, CLIENT.phone.slice(1));
        assert.equal(biz_opaque_callback_data, "ma-reference-2");
    }
}

async function failed({ client, number }, after, next) {
    const phone = "+22670999926";
    await after(phone, { type: "text", text: { body: "Bonjour" } });
    await client.sendMessage(number, { phone }, new Text("Bonjour"));
    const { status, error, contact } = await next();
    assert.deepEqual([status, error.code], ["failed", 131026]);
    assert.deepEqual(contact, { wa_id: phone.slice(1), user_id: undefined, parent_user_id: undefined });
}

// Uses the simulator through whatsapp-api-js, as a program that talks to Meta would: node check.mjs http://127.0.0.1:PORT
//
// Prints a line for each check; exits 1 when one failed.

import { webcrypto } from "node:crypto";

import { WhatsAppAPI } from "whatsapp-api-js";

import * as media from "./media.mjs";
import * as messages from "./messages.mjs";
import * as templates from "./templates.mjs";
import * as webhooks from "./webhooks.mjs";
import { ACCOUNT, Control, NUMBER, Receiver, SECRET, TOKEN, toSimulator, VERIFY_TOKEN } from "./simulator.mjs";

// Not a global in Node 18.
globalThis.crypto ??= webcrypto;

const base = process.argv[2];
const client = new WhatsAppAPI({
    token: TOKEN,
    appSecret: SECRET,
    webhookVerifyToken: VERIFY_TOKEN,
    v: "v25.0",
    ponyfill: { fetch: toSimulator(base), subtle: webcrypto.subtle }
});
const control = new Control(base);
const receiver = new Receiver();
const url = await receiver.listen((query) => client.get(query));
await control.call("PUT", "webhook", { url, verify_token: VERIFY_TOKEN });
const setting = { base, client, control, receiver, number: NUMBER, account: ACCOUNT };

let failures = 0;
for (const part of [webhooks, media, messages, templates]) {
    for (const [name, check] of await part.checks(setting)) {
        try {
            await check();
            console.log(`ok    whatsapp-api-js: ${name}`);
        } catch (error) {
            failures += 1;
            console.log(`WRONG whatsapp-api-js: ${name}\n${error.stack}`);
        }
    }
}
receiver.close();
process.exitCode = failures ? 1 : 0;

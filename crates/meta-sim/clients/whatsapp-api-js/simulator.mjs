// Test access to the simulator: its control API, a webhook receiver, and an HTTP transport for the library.

import { createServer } from "node:http";

export const NUMBER = "106540352242922";
export const ACCOUNT = "102290129340398";
export const SECRET = "test_app_secret";
export const VERIFY_TOKEN = "ouagadougou";
export const TOKEN = "EAAsimBoutiqueFaso";
const GRAPH = "https://graph.facebook.com";
const PATIENCE_MS = 10_000;

// Redirects requests of the library from Meta to the simulator.
export function toSimulator(base) {
    return (url, options) => fetch(String(url).replace(GRAPH, base), options);
}

export class Control {
    constructor(base) {
        this.base = base;
    }

    async call(method, path, body) {
        const answer = await fetch(`${this.base}/sim/${path}`, { method, body: JSON.stringify(body) });
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
        return text ? JSON.parse(text) : undefined;
    }

    // A client writes; returns the message's id.
    async inbound(from, message, more = {}) {
        return (await this.call("POST", "inbound", { phone_number_id: NUMBER, from, message, ...more })).wamid;
    }
}

// Stores received webhooks with their signatures.
export class Receiver {
    #received = [];
    #waiting = [];

    async listen(answerHandshake) {
        this.server = createServer((request, response) => {
            if (request.method === "GET") {
                const query = Object.fromEntries(new URL(request.url, "http://localhost").searchParams);
                return response.end(answerHandshake(query));
            }
            const chunks = [];
            request.on("data", (chunk) => chunks.push(chunk));
            request.on("end", () => {
                this.#take({
                    body: Buffer.concat(chunks).toString("utf8"),
                    signature: request.headers["x-hub-signature-256"]
                });
                response.end();
            });
        });
        await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
        return `http://127.0.0.1:${this.server.address().port}/webhooks`;
    }

    #take(webhook) {
        const waiting = this.#waiting.shift();
        if (waiting) waiting(webhook);
        else this.#received.push(webhook);
    }

    // The next webhook, as { body, signature }.
    next() {
        if (this.#received.length) return Promise.resolve(this.#received.shift());
        return new Promise((come, late) => {
            const timer = setTimeout(() => late(new Error("no webhook came")), PATIENCE_MS);
            this.#waiting.push((webhook) => {
                clearTimeout(timer);
                come(webhook);
            });
        });
    }

    close() {
        this.server.closeAllConnections();
        this.server.close();
    }
}

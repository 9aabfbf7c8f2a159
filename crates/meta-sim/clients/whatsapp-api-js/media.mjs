// Files: upload, lookup, download, deletion.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

const PNG = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsVMBgAAAAABJRU5ErkJggg==",
    "base64"
);

export const FILES = {
    image: [PNG, "image/png"],
    video: [Buffer.from("\0\0\0\x18ftypisom\0\0\0\0"), "video/mp4"],
    audio: [Buffer.from("OggS\0\0\0\0"), "audio/ogg"],
    document: [Buffer.from("%PDF-1.4\n%%EOF\n"), "application/pdf"],
    sticker: [Buffer.from("RIFF\x1a\0\0\0WEBPVP8 "), "image/webp"]
};

export async function upload({ client, number }, kind) {
    const [content, type] = FILES[kind];
    const form = new FormData();
    form.set("file", new Blob([content], { type }));
    const uploaded = await client.uploadMedia(number, form);
    assert.ok(uploaded.id, JSON.stringify(uploaded));
    return uploaded.id;
}

export function checks(setting) {
    return Object.keys(FILES).map((kind) => [
        `media: ${kind} uploaded, looked up, downloaded, deleted`,
        () => roundTrip(setting, kind)
    ]);
}

async function roundTrip(setting, kind) {
    const { client, number } = setting;
    const [content, type] = FILES[kind];
    const id = await upload(setting, kind);
    const found = await client.retrieveMedia(id, number);
    assert.equal(found.mime_type, type);
    assert.equal(Number(found.file_size), content.length);
    assert.equal(found.sha256, createHash("sha256").update(content).digest("hex"));
    const downloaded = await client.fetchMedia(found.url);
    assert.deepEqual(Buffer.from(await downloaded.arrayBuffer()), content);
    assert.equal((await client.retrieveMedia(id, "1")).error.code, 100);
    assert.deepEqual(await client.deleteMedia(id, number), { success: true });
    assert.equal((await client.retrieveMedia(id)).error.code, 100);
}

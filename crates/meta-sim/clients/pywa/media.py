"""Files: upload, lookup, download, deletion."""

import base64
import hashlib

import pywa.errors

# One white pixel.
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsVMBgAAAAABJRU5ErkJggg==")
FILES = {
    "image": (PNG, "image/png", "pixel.png"),
    "video": (b"\0\0\0\x18ftypisom" + bytes(16), "video/mp4", "film.mp4"),
    "audio": (b"OggS" + bytes(24), "audio/ogg", "voice.ogg"),
    "document": (b"%PDF-1.4\n%%EOF\n", "application/pdf", "ticket.pdf"),
    "sticker": (b"RIFF\x1a\0\0\0WEBPVP8 " + bytes(14), "image/webp", "sticker.webp"),
}


def upload(client, kind):
    content, mime_type, name = FILES[kind]
    return client.upload_media(media=content, mime_type=mime_type, filename=name).id


def checks(setting):
    client = setting.client
    for kind in FILES:
        yield f"media: {kind} uploaded, looked up, downloaded, deleted", lambda kind=kind: round_trip(client, kind)


def round_trip(client, kind):
    content, mime_type, _ = FILES[kind]
    media_id = upload(client, kind)
    found = client.get_media_url(media_id)
    assert (found.id, found.mime_type, found.file_size) == (media_id, mime_type, len(content)), found
    assert found.sha256 == hashlib.sha256(content).hexdigest(), found
    assert client.get_media_bytes(found.url) == content
    assert client.delete_media(media_id)
    try:
        client.get_media_url(media_id)
    except pywa.errors.WhatsAppError as error:
        assert error.code == 100, error
    else:
        raise AssertionError("a deleted file is still there")

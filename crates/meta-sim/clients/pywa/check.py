"""Uses the simulator through pywa, as a program that talks to Meta would: python check.py http://127.0.0.1:PORT

Prints a line for each check; ends with 1 when one failed.
"""

import logging
import sys
import traceback

import httpx
import pywa

import media
import messages
import templates
import webhooks
from simulator import ACCOUNT, NUMBER, SECRET, TOKEN, VERIFY_TOKEN, Control, Receiver, ToSimulator


class Setting:
    """The context of every check."""

    def __init__(self, base):
        self.control = Control(base)
        self.client = pywa.WhatsApp(
            phone_id=NUMBER, token=TOKEN, waba_id=ACCOUNT, app_secret=SECRET, verify_token=VERIFY_TOKEN,
            server=None, validate_updates=True, session=httpx.Client(transport=ToSimulator(base), timeout=10))
        self.receiver = Receiver(self.handshake)
        self.control.call("PUT", "webhook", {"url": self.receiver.url, "verify_token": VERIFY_TOKEN})

    def handshake(self, query):
        return self.client.webhook_challenge_handler(
            vt=query.get("hub.verify_token"), ch=query.get("hub.challenge"))


def main(base):
    # Silences its report of the intentionally wrong signature.
    logging.getLogger("pywa").setLevel(logging.CRITICAL)
    setting = Setting(base)
    failures = 0
    for part in (webhooks, media, messages, templates):
        for name, check in part.checks(setting):
            try:
                check()
                print(f"ok    pywa: {name}", flush=True)
            except Exception:  # A check may fail in any way; the others are still useful.
                failures += 1
                print(f"WRONG pywa: {name}\n{traceback.format_exc(limit=-3)}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

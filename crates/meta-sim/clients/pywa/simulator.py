"""Test access to the simulator: its control API, a webhook receiver, and an HTTP transport for pywa."""

import http.server
import json
import queue
import threading
import urllib.parse
import urllib.request

import httpx

NUMBER = "106540352242922"
ACCOUNT = "102290129340398"
APP = "670843887433847"
SECRET = "test_app_secret"
VERIFY_TOKEN = "ouagadougou"
TOKEN = "EAAsimBoutiqueFaso"
GRAPH = "graph.facebook.com"
PATIENCE_SECONDS = 10


class ToSimulator(httpx.HTTPTransport):
    """Redirects requests of pywa from Meta to the simulator."""

    def __init__(self, base):
        super().__init__()
        self.base = httpx.URL(base)

    def handle_request(self, request):
        if request.url.host == GRAPH:
            url = request.url.copy_with(scheme=self.base.scheme, host=self.base.host, port=self.base.port)
            request.url = url
            request.headers["Host"] = url.netloc.decode()
        return super().handle_request(request)


class Control:
    """Calls to /sim/."""

    def __init__(self, base):
        self.base = base

    def call(self, method, path, body):
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}/sim/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def inbound(self, sender, message, **more):
        """A client writes; returns the message's id."""
        asked = {"phone_number_id": NUMBER, "from": sender, "message": message, **more}
        return self.call("POST", "inbound", asked)["wamid"]


class Receiver:
    """Stores received webhooks with their signatures."""

    def __init__(self, answer_handshake):
        came = self.came = queue.Queue()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                text, status = answer_handshake({name: values[0] for name, values in query.items()})
                self.answer(status, text.encode())

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                came.put((body, self.headers["X-Hub-Signature-256"]))
                self.answer(200, b"")

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks"

    def next(self):
        """The next webhook, as (bytes, signature)."""
        return self.came.get(timeout=PATIENCE_SECONDS)

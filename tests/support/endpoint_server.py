"""A server on loopback that answers as a case of `endpoint_cases` says."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from endpoint_cases import Asked, Case, send


class CaseServer(ThreadingHTTPServer):
    """Answers every request of one case; its first prompt is the odd one."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.lock = threading.Lock()

    def begin(self, case: Case) -> str:
        """Forgets what was before; the `api_base` of the case."""
        self.case = case
        self.seen: Counter[str] = Counter()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        return f"http://127.0.0.1:{self.server_address[1]}/{id(case)}{case.base}"

    def asked(self, path: str, raw: bytes) -> Asked:
        """What a request is, now that it is counted."""
        body = json.loads(raw)
        with self.lock:
            prompt = json.dumps(body, sort_keys=True)
            self.seen[prompt] += 1
            self.requests.append({"path": path, **body})
            odd = prompt == next(iter(self.seen))
            number = len(self.requests)
        last = str((body.get("messages") or [{}])[-1].get("content", ""))
        return Asked(number=number, turn=self.seen[prompt], odd=odd, prompt=last)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no news."""

    def __enter__(self) -> "CaseServer":
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: CaseServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keeps the console clean."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.keys += [
            self.headers.get(name, "") for name in ("api-key", "authorization")
        ]
        if self.path.endswith("/api/show"):  # what litellm wants to know of an Ollama's model
            status, headers, body = send({}, 404)
        else:
            asked = self.server.asked(self.path, raw)
            status, headers, body = self.server.case.answer(asked)
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

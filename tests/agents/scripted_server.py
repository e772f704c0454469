"""A chat-completions server over real HTTP that answers from a script."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def says(text, **changes):
    """A completion; `changes` go into the choice, the message or the answer by their key."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "tiny-2026"}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    for key, value in changes.items():
        if key in ("refusal", "reasoning_content"):
            message[key] = value
        elif key in ("finish_reason", "token_ids", "logprobs"):
            choice[key] = value
        elif key == "usage":
            usage |= value
        else:
            answer[key] = value
    return 200, {**answer, "choices": [choice], "usage": usage}


def fails(status, message="no", **fields):
    return status, {"error": {"message": message, **fields}}


class Server:
    def __init__(self, url):
        self.url = url
        self.script = []
        self.requests = []
        self.keys = []

    def conversation(self, number=-1):
        return [message["content"] for message in self.requests[number]["messages"]]


@contextmanager
def serving(*script):
    """Gives each request the script's next answer: (status, object or raw bytes)."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.requests.append(body)
            server.keys.append(self.headers["Authorization"])
            if self.path != "/v1/chat/completions":
                status, answer = fails(404, f"no {self.path}")
            elif server.script:
                status, answer = server.script.pop(0)
            else:
                status, answer = fails(400, "the script is over")
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Retry-After", "0.01")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = Server(f"http://127.0.0.1:{http.server_port}/v1")
    server.script = list(script)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()

"""An OpenAI-compatible server over real HTTP that answers from a script, or plays an author.

It chats and completes raw prompts, streams or not, calls tools; it fails, refuses, is cut off and
hangs as it is told to. It counts what it was asked, and which replies it gave to the end.
"""

import json
import socket
import struct
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIECE = 16
"""Characters of a streamed reply's pieces."""


@dataclass(frozen=True)
class Act:
    """What the server does with one request.

    Args:
        status: Of the answer.
        answer: A completion, an error, or raw bytes.
        headers: Further ones; None as a value leaves one away.
        after: Pieces of the stream before it is cut or hangs; None: it comes whole.
        ending: "end" closes the connection, "reset" breaks it, "hang" keeps it open in silence,
            "comments" keeps it open with comments, as proxies do; "late" sends not even a header.
        pause: An event to wait for before anything is sent.
    """

    status: int
    answer: Any
    headers: dict = field(default_factory=dict)
    after: int | None = None
    ending: str = ""
    pause: Any = None


def says(text, **changes):
    """A completion; `changes` go into the choice, the message or the answer by their key."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    answer = {"id": "1", "object": "chat.completion", "created": 1, "model": "tiny-2026"}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    for key, value in changes.items():
        if key in ("refusal", "reasoning_content", "tool_calls"):
            message[key] = value
        elif key in ("finish_reason", "token_ids", "logprobs"):
            choice[key] = value
        elif key == "usage":
            usage = usage | value if value is not None else None
        else:
            answer[key] = value
    return 200, {**answer, "choices": [choice], "usage": usage}


def calls(*tools, text=None):
    """A completion that uses tools: (name, arguments) each."""
    made = [
        {"id": f"x{at}", "type": "function", "function": {"name": name, "arguments": _json(given)}}
        for at, (name, given) in enumerate(tools)
    ]
    return says(text, tool_calls=made, finish_reason="tool_calls")


def fails(status, message="no", *, retry_after="0.01", **fields):
    return Act(
        status, {"error": {"message": message, **fields}}, headers={"Retry-After": retry_after}
    )


def cut(act, after=2, ending="end"):
    """The same, broken off after some pieces; see `Act`."""
    return replace(_act(act), after=after, ending=ending)


def _json(value):
    return value if isinstance(value, str) else json.dumps(value)


def _act(act):
    return act if isinstance(act, Act) else Act(*act)


class Server:
    """What was asked of a server.

    Attributes:
        script: Answers to come; used up before the author is asked.
        author: A function from a request's body to an answer, or None.
        requests: All bodies, in order.
        paths: Of the requests.
        keys: The Authorization headers.
        whole: How often each request got a reply that was sent to its end, as a counter by body.
        now: Requests under way.
        most: The most of them at once.
    """

    def __init__(self, url):
        self.url = url
        self.script = []
        self.author = None
        self.requests = []
        self.paths = []
        self.keys = []
        self.whole = Counter()
        self.most = 0
        self.now = 0
        self._lock = threading.Lock()
        self.closing = threading.Event()

    def conversation(self, number=-1):
        return [message["content"] for message in self.requests[number]["messages"]]

    @property
    def distinct(self):
        """The different requests, as JSON."""
        with self._lock:
            return {json.dumps(body, sort_keys=True) for body in self.requests}

    def take(self, path, body, key):
        """The answer to a request."""
        with self._lock:
            self.requests.append(body)
            self.paths.append(path)
            self.keys.append(key)
            self.now += 1
            self.most = max(self.most, self.now)
            if path not in ("/v1/chat/completions", "/v1/completions"):
                return _act(fails(404, f"no {path}"))
            if self.script:
                return _act(self.script.pop(0))
        if self.author is None:
            return _act(fails(400, "the script is over"))
        return _act(self.author(body))

    def ended(self, body, *, whole):
        with self._lock:
            self.now -= 1
            if whole:
                self.whole[json.dumps(body, sort_keys=True)] += 1


@contextmanager
def serving(*script, author=None):
    """Gives each request the script's next answer, then what the author says to it."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server = http.told = Server(f"http://127.0.0.1:{http.server_port}/v1")
    server.script, server.author = list(script), author
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        http.shutdown()
        http.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        server = self.server.told
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        act = server.take(self.path, body, self.headers["Authorization"])
        if act.pause is not None:
            act.pause.wait(60)
        whole = False
        try:
            whole = self._play(act, body)
        except OSError:
            pass  # the other side is gone
        finally:
            server.ended(body, whole=whole and act.status == 200)

    def _play(self, act, body):
        if act.ending == "late":
            self.server.told.closing.wait(60)
            return False
        answer = act.answer
        raw = self.path.endswith("/completions") and "prompt" in body
        stream = body.get("stream") and isinstance(answer, dict) and "choices" in answer
        if isinstance(answer, bytes):
            pieces = [answer]
        elif stream and answer["choices"]:
            pieces = [f"data: {json.dumps(piece)}\n\n".encode() for piece in _chunks(answer, body)]
            pieces.append(b"data: [DONE]\n\n")
        else:
            pieces = [json.dumps(_raw(answer) if raw else answer).encode()]
        self.send_response(act.status)
        kind = "text/event-stream" if stream else "application/json"
        headers = {"Content-Type": kind, "Retry-After": "0.01", **act.headers}
        if not stream:
            headers["Content-Length"] = str(len(pieces[0]))
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        for piece in pieces[: act.after]:
            self.wfile.write(piece)
            self.wfile.flush()
        if act.after is not None:
            self._break(act.ending)
        return act.after is None

    def _break(self, ending):
        closing = self.server.told.closing
        if ending == "hang":
            closing.wait(60)
        elif ending == "comments":
            while not closing.wait(0.02):
                self.wfile.write(b": still at it\n\n")
        elif ending == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()

    def log_message(self, *_):
        pass


def _raw(answer):
    """A chat completion as a raw one."""
    if "choices" not in answer:
        return answer
    choices = [
        {"index": 0, "text": one["message"]["content"], "finish_reason": one["finish_reason"]}
        for one in answer["choices"]
    ]
    return {**answer, "object": "text_completion", "choices": choices}


def _chunks(answer, body):
    """A completion's stream: its texts and tool calls in pieces, then its end, then its usage."""
    choice = answer["choices"][0]
    head = {key: answer[key] for key in answer if key not in ("choices", "usage")}

    def chunk(delta, finish=None):
        made = {"index": 0, "finish_reason": finish}
        made |= {"text": delta.get("content") or ""} if "prompt" in body else {"delta": delta}
        return {**head, "object": "chat.completion.chunk", "choices": [made]}

    for key, value in choice["message"].items():
        if isinstance(value, str) and key != "role":
            yield from (chunk({key: piece}) for piece in _split(value))
    for at, call in enumerate(choice["message"].get("tool_calls") or []):
        named = {"index": at, "id": call["id"], "type": "function"}
        yield chunk({"tool_calls": [{**named, "function": {"name": call["function"]["name"]}}]})
        for piece in _split(call["function"]["arguments"]):
            yield chunk({"tool_calls": [{"index": at, "function": {"arguments": piece}}]})
    yield chunk({}, choice["finish_reason"])
    if answer.get("usage") and body.get("stream_options", {}).get("include_usage"):
        yield {**head, "object": "chat.completion.chunk", "choices": [], "usage": answer["usage"]}


def _split(text):
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]

"""Sampling from a local transformers model for many episodes at once.

Episodes run in threads and ask one after another; what is asked at about the same time is one
batch. Each conversation keeps its key-value cache, so a turn costs its own new tokens only.
"""

from __future__ import annotations

import inspect
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers import Cache, DynamicLayer


@dataclass
class Conversation:
    """One episode's tokens so far, and their keys and values; `sample` appends to both."""

    seed: int = 0
    ids: list[int] = field(default_factory=list)
    layers: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    """Per layer: keys and values, [heads, tokens, size]; of the first `cached` ids."""
    rng: torch.Generator | None = None

    @property
    def cached(self) -> int:
        """How many ids have their keys and values."""
        return int(self.layers[0][0].shape[1]) if self.layers else 0


@dataclass(frozen=True)
class Sample:
    """A sampled reply."""

    ids: list[int]
    """Its tokens, the end token included where it came to one."""
    logprobs: list[float]
    """Of each token, at temperature 1 and over the whole vocabulary."""


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn."""

    temperature: float = 1.0
    """0 takes the likeliest."""
    top_p: float = 1.0
    max_new_tokens: int = 1024


@dataclass
class _Request:
    conversation: Conversation
    sampling: Sampling
    future: Future[Sample]


class Engine:
    """Owns a model; `sample` may be called from any thread.

    Args:
        model: A causal language model, in evaluation mode.
        end_id: The token that ends a reply.
        max_batch: Most conversations at a time.
        wait_s: How long a batch waits to fill up.
    """

    def __init__(
        self, model: Any, end_id: int, *, max_batch: int = 32, wait_s: float = 0.01
    ) -> None:
        self._model = model
        self._end_id = end_id
        self._max_batch = max_batch
        self._wait_s = wait_s
        # Older releases call it `past_key_values`.
        names = inspect.signature(model.forward).parameters
        self._cache_name = "cache" if "cache" in names else "past_key_values"
        self._requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._start = threading.Lock()

    @property
    def max_positions(self) -> int:
        """The longest conversation the model was made for."""
        return int(getattr(self._model.config, "max_position_embeddings", None) or 1 << 20)

    def sample(self, conversation: Conversation, sampling: Sampling) -> Sample:
        """Sample the next reply of a conversation and append it; blocks until it is there."""
        with self._start:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
                self._thread.start()
        future: Future[Sample] = Future()
        self._requests.put(_Request(conversation, sampling, future))
        return future.result()

    def _serve(self) -> None:
        while True:
            batch = [self._requests.get()]
            try:
                while len(batch) < self._max_batch:
                    batch.append(self._requests.get(timeout=self._wait_s))
            except queue.Empty:
                pass
            try:
                samples = self._sample_batch(batch)
            except Exception as error:  # each episode of the batch ends with it, as a fault
                for request in batch:
                    request.future.set_exception(error)
                continue
            for request, sample in zip(batch, samples, strict=True):
                request.future.set_result(sample)

    @torch.inference_mode()
    def _sample_batch(self, batch: Sequence[_Request]) -> list[Sample]:
        talks = [request.conversation for request in batch]
        device = self._model.device
        cache, mask = _join_caches(talks, device)
        fresh = [talk.ids[talk.cached :] for talk in talks]
        lengths = torch.tensor([len(talk.ids) for talk in talks], device=device)
        step_ids, step_mask = _left_padded(fresh, device)
        positions = (
            lengths.unsqueeze(1) - step_ids.shape[1] + torch.arange(step_ids.shape[1]).to(device)
        )
        samples = [Sample([], []) for _ in batch]
        open_rows = set(range(len(batch)))
        while True:
            mask = torch.cat([mask, step_mask], dim=1)
            output = self._model(
                input_ids=step_ids,
                attention_mask=mask,
                position_ids=positions.clamp(min=0),
                use_cache=True,
                **{self._cache_name: cache},
                logits_to_keep=1,
            )
            logits = output.logits[:, -1].float()
            if not open_rows:
                break
            rows = sorted(open_rows)
            drawn = [self._end_id] * len(batch)
            fed = [0] * len(batch)
            tokens, logprobs = _draw(logits[rows], [batch[row] for row in rows])
            for row, token, logprob in zip(rows, tokens, logprobs, strict=True):
                samples[row].ids.append(token)
                samples[row].logprobs.append(logprob)
                drawn[row], fed[row] = token, 1
                limit = batch[row].sampling.max_new_tokens
                if token == self._end_id or len(samples[row].ids) >= limit:
                    open_rows.discard(row)
            # The last token of a reply is fed too, so that the cache holds it.
            step_ids = torch.tensor(drawn, device=device).unsqueeze(1)
            step_mask = torch.tensor(fed, device=device).unsqueeze(1)
            positions = lengths.unsqueeze(1)
            lengths = lengths + step_mask.squeeze(1)
        _part_caches(talks, cache, mask)
        for talk, sample in zip(talks, samples, strict=True):
            talk.ids.extend(sample.ids)
        return samples


class _RoomyLayer(DynamicLayer):  # type: ignore[misc]  # transformers is untyped
    """Keys and values with room to grow: a token costs its own copy, not that of all before it."""

    keys: Any  # as the base class has them, where it is installed
    values: Any
    _room: tuple[Tensor, Tensor] | None = None

    def update(
        self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        used = self.get_seq_length()
        needed = used + key_states.shape[-2]
        if self._room is None or self._room[0].shape[-2] < needed:
            self._room = (
                self._grown(self.keys, key_states, needed),
                self._grown(self.values, value_states, needed),
            )
        for room, new in zip(self._room, (key_states, value_states), strict=True):
            room[..., used:needed, :] = new
        self.keys, self.values = (room[..., :needed, :] for room in self._room)
        return self.keys, self.values

    @staticmethod
    def _grown(old: Tensor | None, like: Tensor, needed: int) -> Tensor:
        room = like.new_empty(*like.shape[:-2], needed + 64 + needed // 8, like.shape[-1])
        if old is not None and old.numel():
            room[..., : old.shape[-2], :] = old
        return room


def _join_caches(talks: Sequence[Conversation], device: Any) -> tuple[Cache, Tensor]:
    """One cache of all conversations, padded on the left, and its attention mask."""
    cache = Cache(layer_class_to_replicate=_RoomyLayer)
    width = max(talk.cached for talk in talks)
    mask = torch.zeros(len(talks), width, dtype=torch.long, device=device)
    for row, talk in enumerate(talks):
        mask[row, width - talk.cached :] = 1
    if width == 0:
        return cache, mask
    model_layers = next(talk.layers for talk in talks if talk.layers)
    for layer, (like, _) in enumerate(model_layers):
        joined = like.new_zeros(2, len(talks), like.shape[0], width, like.shape[2])
        for row, talk in enumerate(talks):
            for kind in (0, 1):
                if talk.layers:
                    joined[kind, row, :, width - talk.cached :] = talk.layers[layer][kind]
        cache.update(joined[0], joined[1], layer)
    return cache, mask


def _part_caches(talks: Sequence[Conversation], cache: Cache, mask: Tensor) -> None:
    """Give each conversation its own part back, without the padding."""
    kept = mask.bool()
    layers: list[Any] = list(cache.layers)
    for row, talk in enumerate(talks):
        mine = kept[row]
        talk.layers = [
            (layer.keys[row][:, mine].clone(), layer.values[row][:, mine].clone())
            for layer in layers
        ]


def _left_padded(rows: Sequence[Sequence[int]], device: Any) -> tuple[Tensor, Tensor]:
    width = max(map(len, rows))
    ids = [[0] * (width - len(row)) + list(row) for row in rows]
    mask = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def _draw(logits: Tensor, requests: Sequence[_Request]) -> tuple[list[int], list[float]]:
    """A token of each row and its log-probability; the same for the same seed and logits."""
    logprobs = torch.log_softmax(logits, dim=-1)
    heat = torch.tensor([request.sampling.temperature for request in requests])
    chance = torch.tensor([_chance(request) for request in requests], dtype=torch.float64)
    # Metal knows no float64.
    exact = torch.float32 if logits.device.type == "mps" else torch.float64
    heat, chance = heat.to(logits.device), chance.to(logits.device, exact)
    weights = torch.softmax(logits / heat.clamp(min=1e-6).unsqueeze(1), dim=-1).to(exact)
    top_p = [request.sampling.top_p for request in requests]
    if min(top_p) < 1.0:
        weights = _likeliest(weights, torch.tensor(top_p, device=logits.device, dtype=exact))
    mass = weights.cumsum(-1)
    drawn = torch.searchsorted(mass, (mass[:, -1] * chance).unsqueeze(1), right=True)
    drawn = drawn.squeeze(1).clamp(max=logits.shape[1] - 1)
    tokens = torch.where(heat <= 0, logits.argmax(dim=-1), drawn)
    chosen = logprobs.gather(1, tokens.unsqueeze(1)).squeeze(1)
    return tokens.tolist(), chosen.tolist()


def _chance(request: _Request) -> float:
    """The conversation's next random number; none is used up where none is needed."""
    talk = request.conversation
    if request.sampling.temperature <= 0:
        return 0.0
    if talk.rng is None:
        talk.rng = torch.Generator().manual_seed(talk.seed)
    return float(torch.rand((), generator=talk.rng, dtype=torch.float64))


def _likeliest(weights: Tensor, top_p: Tensor) -> Tensor:
    """The weights, 0 beyond the likeliest up to each row's mass."""
    ordered, order = weights.sort(dim=-1, descending=True)
    beyond = ordered.cumsum(-1) - ordered >= top_p.unsqueeze(1)
    return weights.masked_fill(torch.zeros_like(beyond).scatter(1, order, beyond), 0.0)

"""What an agent says besides its action."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from terminal_gym.episodes.atif import Metrics


class AgentResponse(BaseModel):
    """The reply behind an action, for the recording (an agent's `last_response`).

    A scripted agent leaves it away or gives a message only; a language model gives what it
    wrote, and its tokens where the server returns them.
    """

    model_config = ConfigDict(frozen=True)

    message: str = Field(default="", description="the reply, as the model wrote it")
    reasoning: str | None = Field(default=None, description="its separate reasoning, if any")
    model_name: str | None = None
    metrics: Metrics | None = None
    llm_calls: int | None = Field(default=None, description="inferences made; 0 for a script")

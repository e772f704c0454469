"""Episodes: recorded as ATIF v1.8 JSON lines, read back, replayed and exported."""

from terminal_gym.episodes.asciinema import to_asciinema
from terminal_gym.episodes.atif import AgentInfo, Metrics, Observation, ObservationResult, ToolCall
from terminal_gym.episodes.conversations import to_conversations
from terminal_gym.episodes.episode import (
    Episode,
    EpisodeExtra,
    FaultRecord,
    Step,
    StepExtra,
    Timing,
    checks_of,
    command_of,
    cwd_of,
    shown_of,
    text_of,
)
from terminal_gym.episodes.export import EXPORTS, export_episodes
from terminal_gym.episodes.messages import to_messages
from terminal_gym.episodes.parquet import write_parquet
from terminal_gym.episodes.reader import read_episodes
from terminal_gym.episodes.recorder import EpisodeRecorder
from terminal_gym.episodes.replay import replay
from terminal_gym.episodes.response import AgentResponse
from terminal_gym.episodes.safe_text import safe_text
from terminal_gym.episodes.writer import EpisodeWriter, to_line

__all__ = [
    "EXPORTS",
    "AgentInfo",
    "AgentResponse",
    "Episode",
    "EpisodeExtra",
    "EpisodeRecorder",
    "EpisodeWriter",
    "FaultRecord",
    "Metrics",
    "Observation",
    "ObservationResult",
    "Step",
    "StepExtra",
    "Timing",
    "ToolCall",
    "checks_of",
    "command_of",
    "cwd_of",
    "export_episodes",
    "read_episodes",
    "replay",
    "safe_text",
    "shown_of",
    "text_of",
    "to_asciinema",
    "to_conversations",
    "to_line",
    "to_messages",
    "write_parquet",
]

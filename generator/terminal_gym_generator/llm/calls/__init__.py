"""Asking a model: what a call is, what it may cost, and what is kept of it.

`Caller` is the whole of it for its users, the other files are its parts: errors, messages,
settings → request, reply, structured → dialect → wire, and store and budget → caller.
"""

from terminal_gym_generator.llm.calls.budget import Cost
from terminal_gym_generator.llm.calls.caller import Caller
from terminal_gym_generator.llm.calls.errors import (
    BadReply,
    BudgetSpent,
    CallFault,
    RawCompletionUnsupported,
    Refused,
    Unusable,
)
from terminal_gym_generator.llm.calls.messages import (
    Answer,
    Message,
    Tool,
    ToolCall,
    Usage,
    system,
    tool_result,
    user,
)
from terminal_gym_generator.llm.calls.settings import Endpoint, Limits

__all__ = [
    "Answer",
    "BadReply",
    "BudgetSpent",
    "CallFault",
    "Caller",
    "Cost",
    "Endpoint",
    "Limits",
    "Message",
    "RawCompletionUnsupported",
    "Refused",
    "Tool",
    "ToolCall",
    "Unusable",
    "Usage",
    "system",
    "tool_result",
    "user",
]

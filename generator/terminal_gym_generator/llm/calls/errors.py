"""Every error of the call layer.

    UserError
    ├── BudgetSpent               the next call would cost more than is left; the run is to end
    └── RawCompletionUnsupported  the server has no /v1/completions for this model
    Fault
    └── CallFault                 no reply, however often it was asked; the run is to end
    TerminalGymError
    └── Unusable                  (ValueError) no usable reply: it costs its draft, not the run
        ├── Refused               the model, or the server's filter, will not answer
        └── BadReply              the reply never had the wanted form, or the request is not taken

A wrong key, model name or address is a plain `UserError`. A run that ended with `BudgetSpent` or
`CallFault` goes on where it was when it is started again: no reply that had arrived is lost.
"""

from __future__ import annotations

from terminal_gym.errors import Fault, TerminalGymError, UserError


class BudgetSpent(UserError):
    """What is left of a limit does not cover the next call."""


class RawCompletionUnsupported(UserError):
    """The server does not complete raw prompts; it may still chat."""


class CallFault(Fault, RuntimeError):
    """The server gave no whole reply, in spite of retries."""


class Unusable(TerminalGymError, ValueError):
    """A reply that cannot be used. It is paid for and kept: asking again gives it again."""


class Refused(Unusable):
    """The model or a filter of the server declines."""


class BadReply(Unusable):
    """Not the wanted form, after being told what was wrong; or a request that no server takes."""

"""Every error that terminal-gym raises.

    TerminalGymError
    ├── UserError                 something the caller can mend; the message says how
    │   ├── BundleError           (ValueError) a task bundle is malformed: file, key, remedy
    │   │   └── UnsupportedFeature (NotImplementedError) a valid task asks for what we cannot run
    │   ├── DockerfileError       (ValueError) a Dockerfile line that a backend cannot run
    │   ├── RecordingError        (ValueError) an episode file is malformed
    │   └── BackendUnavailable    (RuntimeError) no sandbox can be made here: cause and remedy
    └── Fault                     the infrastructure failed; never a reward
        ├── SandboxFault          (RuntimeError) a sandbox could not be made, or died
        │   ├── ImageBuildFault   (RuntimeError) the image did not build; `.log` holds the output
        │   ├── SetupFault        (RuntimeError) a task's set-up failed, or its health check
        │   └── ResourceFault     (OSError) the host is out of disk, processes or memory
    │       └── StorageExceeded   files are larger than the limit they were to be held to
        ├── TerminalFault         (RuntimeError) the PTY is lost while the sandbox lives
        ├── VerifierFault         (RuntimeError) the verifier gave no usable reward
        │   └── VerifierTimeout   (TimeoutError) it outlived its limit
        ├── AgentFault            (RuntimeError) the model's server or the agent's program failed
        └── RecordingFault        (OSError) an episode could not be written

A `UserError` is raised at once. A `Fault` inside an episode does not crash a vector of
environments: the environment ends the episode, marks it invalid and puts the fault into
`info["fault"]`. A failed command of the agent is neither; it is an observation.
"""

from __future__ import annotations


class TerminalGymError(Exception):
    """Base class of all errors of this package.

    Args:
        message: What happened, in one line, naming the file, key or object.
        remedy: What the user can do about it, in one line; may be empty.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}\n  remedy: {self.remedy}" if self.remedy else self.message


class UserError(TerminalGymError):
    """Something that the caller can mend."""


class BundleError(UserError, ValueError):
    """A task bundle is malformed."""


class UnsupportedFeature(BundleError, NotImplementedError):
    """A well-formed task asks for something this package cannot run; it is never half-run."""


class DockerfileError(UserError, ValueError):
    """A Dockerfile line is malformed, or the chosen backend cannot run it."""


class RecordingError(UserError, ValueError):
    """An episode file is malformed."""


class BackendUnavailable(UserError, RuntimeError):
    """No sandbox of the wanted kind can be made on this machine."""


class Fault(TerminalGymError):
    """The infrastructure failed, so there is no verdict."""


class SandboxFault(Fault, RuntimeError):
    """A sandbox could not be made, or died under us."""


class ImageBuildFault(SandboxFault):
    """An image did not build.

    Args:
        message: What happened.
        log: The build's output, last part.
        remedy: What to do.
    """

    def __init__(self, message: str, *, log: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.log = log


class SetupFault(SandboxFault):
    """A task's own set-up of its sandbox failed, or its health check did not pass."""


class ResourceFault(SandboxFault, OSError):
    """The host is out of disk space, processes, descriptors or memory."""


class StorageExceeded(ResourceFault):
    """Files are larger than the limit that they were to be held to.

    An agent can bring this about, so where it is an agent's state, it is graded and no fault.
    """


class TerminalFault(Fault, RuntimeError):
    """The pseudo-terminal is lost although the sandbox lives."""


class VerifierFault(Fault, RuntimeError):
    """The verifier ended without a usable reward."""


class VerifierTimeout(VerifierFault, TimeoutError):
    """The verifier outlived its limit."""


class AgentFault(Fault, RuntimeError):
    """What an agent stands on failed: its model's server, its program. No failure at the task."""


class RecordingFault(Fault, OSError):
    """An episode could not be written to disk."""

"""A driver of Harbor's for containers, without Docker Compose: Harbor imports it by its path.

Runner, oracle and verifier are Harbor's own; only starting a container and reaching into it is done
here, by the `docker` client.
"""

import asyncio
import subprocess
import uuid
from pathlib import Path

from harbor.environments.base import BaseEnvironment, ExecResult
from harbor.environments.capabilities import (
    EnvironmentCapabilities,
    EnvironmentResourceCapabilities,
)


class PlainDocker(BaseEnvironment):
    @staticmethod
    def type():
        return "plain-docker"

    @classmethod
    def resource_capabilities(cls):
        return EnvironmentResourceCapabilities(cpu_limit=True, memory_limit=True)

    @property
    def capabilities(self):
        return EnvironmentCapabilities(disable_internet=True)

    def _validate_definition(self):
        assert (self.environment_dir / "Dockerfile").is_file()

    async def start(self, force_build):
        self._name = f"terminal-gym-test-{uuid.uuid4().hex[:12]}"
        image = await self._docker("build", "-q", "--network", "host", str(self.environment_dir))
        env = [part for pair in self._persistent_env.items() for part in ("-e", "=".join(pair))]
        run = ["run", "-d", "--init", "--network", "none", "--name", self._name, *env]
        await self._docker(*run, image.stdout.strip(), "sleep", "infinity")
        await self.exec("mkdir -p /logs/agent /logs/verifier /logs/artifacts && chmod -R 777 /logs")

    async def stop(self, delete):
        await self._docker("rm", "-f", "-v", self._name)

    async def exec(self, command, cwd=None, env=None, timeout_sec=None, user=None):
        options = [part for pair in (self._merge_env(env) or {}).items()
                   for part in ("-e", "=".join(pair))]  # fmt: skip
        where = cwd or self.task_env_config.workdir
        options += ["-w", where] if where else []
        who = self._resolve_user(user)
        options += ["-u", str(who)] if who is not None else []
        argv = ["exec", *options, self._name, "bash", "-c", command]
        return await self._docker(*argv, timeout=timeout_sec, check=False)

    async def upload_file(self, source_path, target_path):
        await self.exec(f"mkdir -p {Path(target_path).parent}", user="root")
        await self._docker("cp", str(source_path), f"{self._name}:{target_path}")

    async def upload_dir(self, source_dir, target_dir):
        await self.exec(f"mkdir -p {target_dir}", user="root")
        await self._docker("cp", f"{source_dir}/.", f"{self._name}:{target_dir}")

    async def download_file(self, source_path, target_path):
        await self._docker("cp", f"{self._name}:{source_path}", str(target_path))

    async def download_dir(self, source_dir, target_dir):
        Path(target_dir).mkdir(parents=True, exist_ok=True)
        await self._docker("cp", f"{self._name}:{source_dir}/.", str(target_dir))

    async def _docker(self, *arguments, timeout=None, check=True):
        def run():
            return subprocess.run(
                ["docker", *arguments],
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=timeout,
            )

        done = await asyncio.to_thread(run)
        if check and done.returncode:
            raise RuntimeError(f"docker {arguments[0]}: {done.stderr.strip()}")
        return ExecResult(stdout=done.stdout, stderr=done.stderr, return_code=done.returncode)

"""A package needs what requirements.txt pins: hatchling reads it here, so that it is written once."""

from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Requirements(MetadataHookInterface):
    def update(self, metadata: dict) -> None:
        lines = (line.strip() for line in Path(self.root, "requirements.txt").read_text().splitlines())
        metadata["dependencies"] = [line for line in lines if line and not line.startswith("#")]

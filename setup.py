"""Puts the workflow into the package, as `actmine/workflow`; pyproject.toml says all else.

In a checkout, and so in an editable installation, these files are read where they stand.
"""

from collections.abc import Iterator
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

WORKFLOW = (
    "Snakefile",
    "rules/**/*.smk",
    "rules/**/*.rst",
    "rules/**/*.yaml",
    "config/**/*.yaml",
    "config/**/*.md",
    "profiles/**/*.yaml",
    "workflow_scripts/*.py",
)


class BuildWithWorkflow(build_py):
    """Builds the package, and copies the workflow's files into it."""

    def run(self) -> None:
        """Writes what a wheel or an installation holds."""
        super().run()
        for source, target in self._workflow():
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """All that is written."""
        written = super().get_outputs(include_bytecode)
        return [*written, *(target for _, target in self._workflow())]

    def get_source_files(self) -> list[str]:
        """All that a source distribution must have."""
        return [*super().get_source_files(), *(source for source, _ in self._workflow())]

    def _workflow(self) -> Iterator[tuple[str, str]]:
        """Each file with its place in the package; none where the checkout is used itself."""
        if not self.editable_mode:
            for path in sorted(path for each in WORKFLOW for path in Path().glob(each)):
                yield str(path), str(Path(self.build_lib, "actmine", "workflow", path))


setup(cmdclass={"build_py": BuildWithWorkflow})

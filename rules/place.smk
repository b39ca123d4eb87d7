"""Where the workflow's own files stand, also when it is a module of another workflow."""

import tarfile
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from uuid import uuid4

from snakemake.exceptions import WorkflowError
from snakemake.sourcecache import HostingProviderFile, LocalSourceFile


def own_folder(rules):
    """The folder of the Snakefile, given that of the rules, as Snakemake names it."""
    if isinstance(rules, LocalSourceFile):
        return str(Path(rules).parent)
    if isinstance(rules, HostingProviderFile):
        return str(unpacked(rules))
    raise WorkflowError(
        "actmine's jobs read its files from the disk: let the module's snakefile be the path of"
        " one in a clone, or github(...) or gitlab(...)"
    )


def unpacked(source):
    """A hosted repository's files at the commit asked for, in the folder where one stands.

    Snakemake keeps a clone without a work tree, and gives each file that it reads from there;
    jobs need them all, on nodes too.
    """
    source.fetch_if_required()
    repository = source.hosted_repo.repo
    commit = repository.commit(source.ref).hexsha
    folder = Path(".snakemake/actmine", commit).absolute()
    if not folder.exists():
        part = folder.with_name(f".{uuid4().hex}")
        part.mkdir(parents=True)
        packed = BytesIO()
        repository.archive(packed, treeish=commit)
        packed.seek(0)
        with tarfile.open(fileobj=packed) as archive:
            archive.extractall(part, filter="data")
        try:
            part.rename(folder)
        except OSError:  # another process was faster, with the same files
            rmtree(part)
    return folder


HERE = own_folder(workflow.current_basedir)

"""Describes a run as an RO-Crate, so that its folder can be deposited and cited as it is."""

import importlib.metadata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from actmine import code_hash, layout
from actmine.audit import sums
from actmine.files import read_json
from actmine.settings import frozen as run
from actmine.settings.frozen import Frozen
from actmine.settings.sections import Settings

FILE = "ro-crate-metadata.json"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"  # one process made the results
PAPER = "https://arxiv.org/abs/2602.05688"
LICENCE = (
    "Not chosen: whoever deposits these results chooses one. The software that made them is "
    "under the MIT licence."
)
_INPUTS = {
    "configuration.yaml": "The configuration; a run of it gives these results again.",
    "run.yaml": "The identity of the run: configuration, versions, hashes of the code.",
    "journal/": "Every request to a language model with its reply.",
}
_OUTPUTS = {
    "suites/": "The tasks: formulas, regions, arrays, hashes.",
    "reference/": "Losses of ReLU and GELU.",
    "catalog/": "The known functions and their losses.",
    "validation/leaderboard.csv": "Everything that was validated, best first.",
    "validation/champion.json": "The mined function that the run puts forward.",
    "validation/paper_order.json": "The paper's order of four functions, tested.",
    "champion/activation.py": "The champion as a module that needs PyTorch alone.",
    "champion/CARD.md": "What the champion is, how it was found, what it is worth.",
    "champion/formula.tex": "The champion as a formula.",
    "champion/plot.svg": "The champion beside GELU and ReLU.",
    "champion/cost.json": "What the champion costs per element beside GELU and ReLU.",
    "tables/": "Every candidate, measurement and generation as tables.",
    "candidates/": "Every candidate as a readable file.",
    "report/index.html": "The page to open first.",
    "store/": "Every measurement by content; a cache.",
    sums.FILE: "The sha256 of every file, this description included.",
}
_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".html": "text/html",
    ".md": "text/markdown",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".tex": "application/x-tex",
    ".txt": "text/plain",
    ".yaml": "application/yaml",
}


@dataclass(frozen=True, kw_only=True)
class Sealing:
    """When a run was sealed, and with what.

    Attributes:
        stamp: date and time in ISO 8601.
        version, code, snakemake: versions of the software, and the digest of its modules.
    """

    stamp: str
    version: str
    code: str
    snakemake: str

    @classmethod
    def now(cls) -> Self:
        """Of a run that is sealed by this process."""
        return cls(
            stamp=datetime.now(UTC).replace(microsecond=0).isoformat(),
            version=code_hash.version(),
            code=f"code digest {code_hash.digest()}",
            snakemake=importlib.metadata.version("snakemake"),
        )


def describe(folder: Path, sealing: Sealing) -> dict[str, Any]:
    """The RO-Crate metadata of a run's folder."""
    from rocrate.rocrate import ROCrate  # half a second

    frozen = run.read(folder / layout.RUN_FILE)
    config = frozen.settings
    crate = ROCrate(gen_preview=False, version="1.2")
    crate.name = f"actmine run {config.run}"
    crate.description = _description(folder, config)
    crate.license = LICENCE
    crate.datePublished = sealing.stamp
    profile = {"name": "Process Run Crate", "version": "0.5"}
    crate.root_dataset["conformsTo"] = _entity(crate, PROFILE, "CreativeWork", **profile)
    title = "Mining Generalizable Activation Functions"
    crate.root_dataset["citation"] = _entity(crate, PAPER, "ScholarlyArticle", name=title)
    arms = {f"{arm}/": f"The search: arm {arm}." for arm in config.arms}
    inputs = _add(crate, folder, _INPUTS)
    outputs = _add(crate, folder, arms | _OUTPUTS)
    action = _entity(
        crate,
        "#run",
        "CreateAction",
        name=f"Search and validation of the run {config.run}",
        endTime=sealing.stamp,
        actionStatus="http://schema.org/CompletedActionStatus",
    )
    action["instrument"] = _software(crate, frozen, sealing)
    action["object"] = inputs
    action["result"] = outputs
    crate.root_dataset["mentions"] = action
    metadata: dict[str, Any] = crate.metadata.generate()
    return metadata


def contradiction(path: Path) -> str:
    """What is wrong with a run's description; empty if nothing is."""
    stored = {entity["@id"]: entity for entity in read_json(path)["@graph"]}
    described = describe(path.parent, _sealing(stored))["@graph"]
    expected = {entity["@id"]: entity for entity in described}
    keys = sorted(stored | expected)
    differing = [key for key in keys if stored.get(key) != expected.get(key)]
    return f"does not describe this run: {', '.join(differing)}" if differing else ""


def _add(crate: Any, folder: Path, entries: dict[str, str]) -> list[Any]:
    """The entries that the run has, files and folders."""
    added = []
    for name, description in entries.items():
        # The sums are written last: they cover this description.
        if not (folder / name).exists() and name != sums.FILE:
            continue
        properties = {"name": name, "description": description}
        if name.endswith("/"):
            added.append(crate.add_dataset(dest_path=name, properties=properties))
        else:
            properties["encodingFormat"] = _TYPES[Path(name).suffix]
            added.append(crate.add_file(dest_path=name, properties=properties))
    return added


def _sealing(graph: dict[str, Any]) -> Sealing:
    """What only the description itself tells: it may be older than today's software."""
    return Sealing(
        stamp=datetime.fromisoformat(graph["./"]["datePublished"]).isoformat(),
        version=graph["#actmine"]["softwareVersion"],
        code=graph["#actmine"]["identifier"],
        snakemake=graph["#snakemake"]["softwareVersion"],
    )


def _software(crate: Any, frozen: Frozen, sealing: Sealing) -> Any:
    """actmine with the libraries that decide its bits."""
    actmine = _entity(
        crate,
        "#actmine",
        "SoftwareApplication",
        name="actmine",
        description="Mines activation functions that generalise out of distribution",
        softwareVersion=sealing.version,
        identifier=sealing.code,
        license="https://spdx.org/licenses/MIT",
    )
    actmine["softwareRequirements"] = [
        _entity(crate, f"#{name}", "SoftwareApplication", name=name, softwareVersion=version)
        for name, version in {**frozen.versions, "snakemake": sealing.snakemake}.items()
    ]
    return actmine


def _entity(crate: Any, name_in_graph: str, kind: str, **properties: str) -> Any:
    return crate.add_jsonld({"@id": name_in_graph, "@type": kind, **properties})


def _description(folder: Path, config: Settings) -> str:
    """One sentence on what was searched and what came out."""
    path = folder / "validation" / "champion.json"
    champion = read_json(path) if path.exists() else {"candidate_id": None}
    champion_text = "no mined function qualified as champion"
    if champion["candidate_id"] is not None:
        champion_text = f"its champion is {champion['name']} ({champion['candidate_id']})"
    return (
        "A search for activation functions that generalise out of distribution, with seed "
        f"{config.seed}, validated on held-out tasks; {champion_text}."
    )

"""Every benchmark by name."""

from actmine.transfer.benchmark import Benchmark
from actmine.transfer.benchmarks import (
    b3db,
    b3db_fingerprints,
    bikeshare,
    cifar10,
    clrs,
    co2,
    fashion_mnist,
    imagenet,
    mls_bench,
    molhiv,
)
from actmine.transfer.plan import ALGORITHMS, CLRS

_ONE_EACH: dict[str, Benchmark] = {
    module.NAME: module.BENCHMARK
    for module in (
        fashion_mnist,
        b3db,
        b3db_fingerprints,
        co2,
        bikeshare,
        cifar10,
        imagenet,
        molhiv,
    )
} | {one.name: one for one in mls_bench.BENCHMARKS}
_ALL = _ONE_EACH | {one.name: one for one in map(clrs.benchmark, ALGORITHMS)}


def benchmark(name: str) -> Benchmark:
    """The benchmark of a name.

    Raises:
        ValueError: there is none.
    """
    if name not in _ALL:
        raise ValueError(
            f"no benchmark is called {name!r}; choose of: "
            f"{', '.join(_ONE_EACH)}, {CLRS}_<algorithm>"
        )
    return _ALL[name]

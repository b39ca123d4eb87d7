"""Every benchmark by name."""

from actmine.transfer.benchmark import Benchmark
from actmine.transfer.benchmarks import (
    b3db,
    bikeshare,
    cifar10,
    clrs,
    co2,
    fashion_mnist,
    imagenet,
    molhiv,
)
from actmine.transfer.plan import CLRS, algorithm_of

_ONE_EACH: dict[str, Benchmark] = {
    module.BENCHMARK.name: module.BENCHMARK
    for module in (fashion_mnist, b3db, co2, bikeshare, cifar10, imagenet, molhiv)
}


def benchmark(name: str) -> Benchmark:
    """The benchmark of a name.

    Raises:
        ValueError: there is none.
    """
    algorithm = algorithm_of(name)
    if algorithm is not None:
        return clrs.benchmark(algorithm)
    if name not in _ONE_EACH:
        raise ValueError(
            f"no benchmark is called {name!r}; choose of: "
            f"{', '.join(_ONE_EACH)}, {CLRS}_<algorithm>"
        )
    return _ONE_EACH[name]

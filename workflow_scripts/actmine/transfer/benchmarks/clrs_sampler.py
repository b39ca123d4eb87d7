"""Draws samples of one algorithm with dm-clrs, in a process of its own.

The package imports JAX, Haiku, Chex and TensorFlow, of which its samplers use next to
nothing. In this process, which ends with its answer, small stand-ins take their place; the
package's own `__init__`, which imports its models, is not run. Run as a module:

    python -m actmine.transfer.benchmarks.clrs_sampler ALGORITHM COUNT LENGTH SEED
"""

import io
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np


def main(argv: Sequence[str] | None = None) -> None:
    """Writes an .npz with inputs and outputs, named stage|name|location|type."""
    algorithm, count, length, seed = sys.argv[1:] if argv is None else argv
    _stand_in()
    from clrs._src import samplers

    sampler, _ = samplers.build_sampler(
        algorithm, int(count), seed=int(seed), length=int(length)
    )
    feedback = sampler.next()
    arrays = {
        f"{stage}|{point.name}|{point.location}|{point.type_}": np.asarray(point.data)
        for stage, points in (("input", feedback.features.inputs), ("output", feedback.outputs))
        for point in points
    }
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    sys.stdout.buffer.write(buffer.getvalue())


def _stand_in() -> None:
    """Registers what stands in for the modules that sampling does not need."""
    found = find_spec("clrs")
    package = ModuleType("clrs")
    package.__path__ = list(found.submodule_search_locations or ()) if found else []
    jax, tree = ModuleType("jax"), ModuleType("jax.tree_util")
    numpy, chex, tensorflow = (ModuleType(n) for n in ("jax.numpy", "chex", "tensorflow"))
    tree.tree_map = _tree_map  # type: ignore[attr-defined]
    tree.register_pytree_node_class = lambda cls: cls  # type: ignore[attr-defined]
    numpy.vectorize = lambda function, **_: function  # type: ignore[attr-defined]
    jax.Array = type("Array", (np.ndarray,), {})  # type: ignore[attr-defined]
    numpy.ndarray = np.ndarray  # type: ignore[attr-defined]
    chex.assert_rank = _assert_rank  # type: ignore[attr-defined]
    tensorflow.Tensor = type("Tensor", (), {})  # type: ignore[attr-defined]
    jax.tree_util, jax.numpy = tree, numpy  # type: ignore[attr-defined]
    modules = (package, jax, tree, numpy, chex, tensorflow)
    sys.modules |= {module.__name__: module for module in modules}


def _tree_map(function: Callable[..., Any], *trees: Any) -> Any:
    """JAX's, for the lists of data points that the samplers batch."""
    if isinstance(trees[0], list):
        return [_tree_map(function, *nodes) for nodes in zip(*trees, strict=True)]
    children, meta = zip(*(node.tree_flatten() for node in trees), strict=True)
    data = [function(*leaves) for leaves in zip(*children, strict=True)]
    return type(trees[0]).tree_unflatten(meta[0], data)


def _assert_rank(values: Any, rank: int) -> None:
    ranks = [
        np.ndim(value) for value in (values if isinstance(values, tuple | list) else (values,))
    ]
    if any(found != rank for found in ranks):
        raise ValueError(f"arrays of rank {ranks}, not {rank}")


if __name__ == "__main__":
    main()

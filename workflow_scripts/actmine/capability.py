"""What a machine computes with: on this the last bits of a result depend."""

import platform
from functools import cache
from pathlib import Path

# By these of the environment torch, NumPy and OpenBLAS choose narrower instructions.
NARROWER = ("ATEN_CPU_CAPABILITY", "NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE")


@cache
def cpu_capability() -> str:
    """What the last bits of a result depend on, beside the versions of libraries.

    These are the vector instructions of torch's own loops and of NumPy's functions, the
    kernels of NumPy's BLAS, and the processor's maker, by whom MKL goes in what torch leaves
    to it.
    """
    import torch
    from threadpoolctl import threadpool_info

    kernels = {
        "torch": torch.backends.cpu.get_cpu_capability(),
        "NumPy": numpy_loop("exp"),
        **{
            library["internal_api"]: library.get("architecture", "")
            for library in threadpool_info()
            if library["user_api"] == "blas" and "numpy" in library["filepath"]
        },
    }
    named = (f"{name} {kernel}".strip() for name, kernel in kernels.items())
    return ", ".join([*named, processor("vendor_id") or platform.machine()])


def numpy_loop(function: str) -> str:
    """By which instructions NumPy runs a function for float32; empty if there is no choice.

    Args:
        function: NumPy's name of it.
    """
    import numpy as np

    found = np.lib.introspect.opt_func_info(func_name=f"^{function}$", signature="float32")
    loops = (loop["current"] for by_type in found.values() for loop in by_type.values())
    return next(loops, "")


def processor(field: str) -> str:
    """What Linux tells of the processor, such as its "model name"; empty elsewhere."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    told = (line.partition(":")[2].strip() for line in lines if line.startswith(field))
    return next(told, "")

"""What a machine computes with: on this the last bits of a result depend."""

import ctypes
import mmap
import platform
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

# By these of the environment torch, NumPy and OpenBLAS choose narrower instructions.
NARROWER = ("ATEN_CPU_CAPABILITY", "NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE")


@dataclass(frozen=True, kw_only=True)
class VectorTarget:
    """Vector instructions for which loops are compiled.

    Attributes:
        lanes: float32 numbers of a vector.
        cpu: LLVM's name of processors that have them.
        sleef: what the names of Sleef's functions for them end in.
    """

    lanes: int
    cpu: str
    sleef: str


@dataclass(frozen=True, kw_only=True)
class Sgemm:
    """A function of CBLAS that multiplies matrices of float32.

    Attributes:
        address: where it stands.
        bits: of the whole numbers that it takes.
    """

    address: int
    bits: int


_SGEMM = {  # how it is called in NumPy's own BLAS, and in others that NumPy is linked to
    **dict.fromkeys(("scipy_cblas_sgemm64_", "cblas_sgemm64_"), 64),
    **dict.fromkeys(("scipy_cblas_sgemm", "cblas_sgemm"), 32),
}
VECTOR_TARGETS = {  # by torch's name
    "AVX512": VectorTarget(lanes=16, cpu="x86-64-v4", sleef="avx512f"),
    "AVX2": VectorTarget(lanes=8, cpu="x86-64-v3", sleef="avx2"),
}


@cache
def cpu_capability() -> str:
    """What the last bits of a result depend on, beside the versions of libraries.

    These are the vector instructions of torch's own loops and of NumPy's functions, the
    kernels of NumPy's BLAS, those that LLVM compiles for, and the processor's maker, by whom
    MKL goes in what torch leaves to it.
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
    if compiled_for := vector_target():
        kernels["LLVM"] = compiled_for.cpu
    named = (f"{name} {kernel}".strip() for name, kernel in kernels.items())
    return ", ".join([*named, processor("vendor_id") or platform.machine()])


@cache
def vector_target() -> VectorTarget | None:
    """What loops are compiled for here; none where they cannot be."""
    import torch

    found = VECTOR_TARGETS.get(torch.backends.cpu.get_cpu_capability())
    if found and _runs_new_code() and sleef() and sgemm():
        return found
    return None


def _runs_new_code() -> bool:
    """Whether the kernel lets this process run what it writes; LLVM ends it where not."""
    try:
        mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    except OSError:
        return False
    return True


@cache
def sleef() -> ctypes.CDLL | None:
    """Torch's library, if it has Sleef's functions in it for others to call."""
    import torch

    path = Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"
    library = ctypes.CDLL(str(path)) if path.exists() else None
    return library if hasattr(library, "Sleef_expf8_u10avx2") else None


@cache
def sgemm() -> Sgemm | None:
    """That of NumPy's BLAS, for others to call; none where it has another name."""
    # Finds what this is linked to as well.
    library = ctypes.CDLL(import_module("numpy._core._multiarray_umath").__file__)
    for name, bits in _SGEMM.items():
        if hasattr(library, name):
            address = ctypes.cast(getattr(library, name), ctypes.c_void_p).value
            return Sgemm(address=address or 0, bits=bits)
    return None


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

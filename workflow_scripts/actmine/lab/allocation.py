"""Keeps freed memory with the process that trains."""

import ctypes

# Parameters of glibc's mallopt(3).
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_LARGEST_FROM_HEAP = 32 << 20  # bytes; glibc takes no larger value
_NEVER_TRIM = 1 << 30  # bytes that may lie free at the heap's end


def keep_freed_memory() -> bool:
    """Makes malloc reuse the pages of freed tensors instead of returning them.

    Every training step frees and allocates the same tensors. By default glibc hands each
    back to the kernel, which clears the pages anew: a tenth of a fit's CPU time.

    Returns:
        Whether it took effect; it does not where the C library has no such setting.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    taken = (
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_FROM_HEAP),
        mallopt(_M_TRIM_THRESHOLD, _NEVER_TRIM),
    )
    return all(taken)

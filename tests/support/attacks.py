"""What attacks of a child without a gate begin with, and the limits they run under."""

from actmine.sandbox.layers import Limits

PRELUDE = """
import os, socket, ctypes, signal, mmap, subprocess, pathlib, threading, sys, gc, stat
def is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False
channel = next(filter(is_socket, range(64)))
def attempt(action):
    try:
        return f"done: {action()!r}"
    except BaseException as error:
        return f"refused: {error!r}"
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    numbers = header["numbers"]
    result = libc.syscall(ctypes.c_long(numbers[name]), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result
"""
BIND_PORT = 47123  # what attacks try to listen at
LIMITS = Limits(memory_mb=1024, cpu_s=10, wall_s=30)

"""The machine, as far as times depend on it."""
import os
import platform

__all__ = ["describe"]


def describe():
    """A dict without names of hosts, users and folders."""
    return {"cpu": cpu_model(), "cores": cores(), "memory_gib": memory_gib(),
            "system": platform.system() + " " + platform.machine(),
            "python": platform.python_version()}


def cpu_model():
    for line in lines_of("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def cores():
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def memory_gib():
    for line in lines_of("/proc/meminfo"):
        if line.startswith("MemTotal"):
            return round(int(line.split()[1]) / 2 ** 20)
    return None


def lines_of(path):
    try:
        with open(path) as file:
            return file.readlines()
    except OSError:  # not Linux
        return []

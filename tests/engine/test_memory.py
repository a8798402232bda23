"""The engine takes no more memory by default than a share of what the process may use."""

from __future__ import annotations

import resource
import subprocess
import sys

from custseg.engine.memory import allowed_memory, default_limit

GB = 2**30


def write(root, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_the_least_limit_of_a_group_and_those_around_it_counts(tmp_path):
    write(tmp_path, "proc/self/cgroup", "0::/batch/job\n")
    write(tmp_path, "sys/fs/cgroup/batch/job/memory.max", "max\n")
    write(tmp_path, "sys/fs/cgroup/batch/memory.max", f"{GB}\n")
    assert allowed_memory(tmp_path) == GB


def test_a_container_that_sees_only_its_own_group_is_limited(tmp_path):
    write(tmp_path, "proc/self/cgroup", "0::/docker/0123abcd\n")
    write(tmp_path, "sys/fs/cgroup/memory.max", f"{GB // 2}\n")
    assert allowed_memory(tmp_path) == GB // 2


def test_groups_of_version_1_count_by_their_memory_controller(tmp_path):
    write(tmp_path, "proc/self/cgroup", "3:cpu,cpuacct:/a\n2:memory:/b\n")
    write(tmp_path, "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1")
    write(tmp_path, "sys/fs/cgroup/memory/b/memory.limit_in_bytes", f"{GB}")
    assert allowed_memory(tmp_path) == GB


def test_without_groups_it_is_the_machines_memory(tmp_path):
    assert allowed_memory(tmp_path) > GB // 4


def test_a_limit_of_the_address_space_counts_by_half():
    code = "from custseg.engine.memory import default_limit; print(default_limit())"

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (10**9, 10**9))

    run = subprocess.run(
        [sys.executable, "-c", code], preexec_fn=limited, check=True, capture_output=True, text=True
    )
    assert run.stdout == "500MB\n"


def test_at_most_two_gigabytes_are_taken_unasked():
    assert int(default_limit().removesuffix("MB")) <= 2000

"""The tests as other processors run them: newer instructions of this one are switched off before Python starts.

    python tools/cpus.py               # unit tests and notebooks on each processor, and one table of what passed
    python tools/cpus.py --oldest ...  # pytest with these arguments on the oldest

Another processor adds in another order and fuses other products, so the last digits differ: nothing may hang on them.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys

# What a machine lacks is passed over.  NumPy's names are those of 2.4; MKL makes PyTorch's matrix products.
X86 = {
    "avx2": {
        "OPENBLAS_CORETYPE": "Haswell",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "MKL_CBWR": "AVX2",
    },
    "sse": {
        "OPENBLAS_CORETYPE": "SandyBridge",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "MKL_CBWR": "COMPATIBLE",
    },
}
ARM = {"armv8": {"OPENBLAS_CORETYPE": "ARMV8", "ATEN_CPU_CAPABILITY": "default"}}
CPUS = X86 if platform.machine() in ("x86_64", "AMD64") else ARM  # the oldest is the last
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

SUITES = {
    "unit tests": ["tests", "dlnotes", "--doctest-modules", "--ignore=tests/site", "--ignore=tests/notebooks"],
    "notebooks": ["chapters", "--nbval", "--nbval-current-env", "--nbval-cell-timeout=300"],
}
PARALLEL = ["-n", "auto", "--dist", "loadfile", "-q"]

IN_FORCE = """
import numpy, threadpoolctl, torch
simd = numpy.show_config(mode="dicts")["SIMD Extensions"]
blas = [pool["architecture"] for pool in threadpoolctl.threadpool_info() if pool["internal_api"] == "openblas"]
torch.ones(8, 8) @ torch.ones(8, 8)
torch.nn.functional.relu(torch.ones(8).to_mkldnn())
print("NumPy:", [*simd["baseline"], *simd.get("found", [])][-1])
print("OpenBLAS:", *blas)
print("PyTorch:", torch.backends.cpu.get_cpu_capability())
"""


def in_force(cpu: dict[str, str]) -> str:
    """What NumPy, OpenBLAS, PyTorch, oneDNN and MKL say that they run on."""
    environment = os.environ | cpu | {"MKL_VERBOSE": "1", "ONEDNN_VERBOSE": "1"}
    done = subprocess.run([sys.executable, "-c", IN_FORCE], env=environment, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(done.stderr)
    text = re.sub(r"MKL_VERBOSE.* CNR:(\w+).*", r"MKL: \1", done.stdout)
    text = text.replace("onednn_verbose,v1,info,cpu,isa", "oneDNN")
    return ", ".join(f"{name} {value}" for name, value in re.findall(r"^(\w+): ?(.+)", text, re.MULTILINE))


def pytest(cpu: dict[str, str], arguments: list[str]) -> tuple[int, str]:
    """Exit status and the last line, while all of it is shown."""
    command = [sys.executable, "-m", "pytest", *arguments]
    last = ""
    with subprocess.Popen(
        command, env=os.environ | ONE_THREAD | cpu, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    ) as run:
        for line in run.stdout or ():
            print(line, end="", flush=True)
            last = line.strip("= \n") or last
    return run.returncode, last


def main() -> int:
    if sys.argv[1:2] == ["--oldest"]:
        name, cpu = list(CPUS.items())[-1]
        print(f"{name}: {in_force(cpu)}", flush=True)
        return pytest(cpu, sys.argv[2:])[0]
    table, failed = [], 0
    for name, cpu in CPUS.items():
        table.append(f"{name}: {in_force(cpu)}")
        for suite, arguments in SUITES.items():
            print(f"\n{name}, {suite}", flush=True)
            status, last = pytest(cpu, [*arguments, *PARALLEL])
            table.append(f"  {suite:12}{last}")
            failed += status != 0
    print("", *table, sep="\n")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())

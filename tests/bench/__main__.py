"""`python -m tests.bench [NAME ...]`: all benchmarks, or those named."""

from __future__ import annotations

import argparse
import signal
import sys

from tests.bench import (
    backup,
    due_latency,
    escalation_scale,
    idle,
    matrix_rooms,
    matrix_step,
    memory_growth,
    nodes,
    rotation,
    sealing,
    sos_latency,
    step_cpu,
)

BENCHMARKS = {
    "escalation_scale": escalation_scale.run,
    "due_latency": due_latency.run,
    "idle": idle.run,
    "step_cpu": step_cpu.run,
    "sos_latency": sos_latency.run,
    "memory_growth": memory_growth.run,
    "nodes": nodes.run,
    "matrix_step": matrix_step.run,
    "matrix_rooms": matrix_rooms.run,
    "backup": backup.run,
    "rotation": rotation.run,
    "sealing": sealing.run,
}


def main() -> None:
    """Run what was asked for; print each table as soon as it is known."""
    options = _options()
    # Ends by an exception, so that whoever stops this leaves no server and no bot behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    if options.profile:
        step_cpu.profile()
        return
    for name in options.names or BENCHMARKS:
        for table in BENCHMARKS[name](quick=options.quick, full=options.full):
            print(f"\n{table.text()}", flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument(
        "names", nargs="*", choices=[[], *BENCHMARKS], metavar="NAME", help=", ".join(BENCHMARKS)
    )
    parser.add_argument("--quick", action="store_true", help="one round of everything, and few steps")
    parser.add_argument("--full", action="store_true", help="memory_growth, nodes: 100,000 steps")
    parser.add_argument("--profile", action="store_true", help="step_cpu: where the hotline's time goes")
    return parser.parse_args()


if __name__ == "__main__":
    main()

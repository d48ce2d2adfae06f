"""Where the time of one shape of conv2d.py goes in our conv2d.

    python benchmarks/profile_conv2d.py [--threads 1] [--rounds 20] [--save] [SHAPE ...]

Without a shape: the one at which results/conv2d.json has us slowest against torch, forward and backward
together. Runs conv2d with a clock at every bytecode instruction of cnnmath/ops and books the time up to
the next one on the instruction and its line; what NumPy does is booked on the line that called it, so
that the parts add up to the whole. Kinds: matrix products (the instruction @), sums and other
arithmetic (+=), writing into slices (copies, transposing), calls (reshape and zeros copy or
allocate), and Python, all other instructions. What the clock costs is taken off, the same for every
instruction: so much that the parts take as long as the call alone. Operations are those of the
definition, backward twice as many; the rate they are compared with is taken as in conv2d.py.
--save writes results/profile_conv2d.json, of the slowest shape.
"""

import dis
import gc
import json
import linecache
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import conv2d
import side_by_side

PRODUCT, ARITHMETIC, WRITING, CALL, PYTHON = KINDS = (
    "matrix products",
    "sums and other arithmetic",
    "writing into slices",
    "calls",
    "Python",
)
SHOWN = 0.02  # of the whole: lines with less go into one


class Place(NamedTuple):
    """An instruction of one kind on a line."""

    file: str
    line: int
    kind: str


class Part(NamedTuple):
    seconds: float
    instructions: int  # executed, with the clock


def main() -> None:
    shapes = {shape.name: shape for shape in conv2d.SHAPES}
    chosen = side_by_side.options(__doc__, rounds=20, names=shapes)
    result = {
        "what": "where the time of conv2d goes, milliseconds of the median call",
        "dtype": "float32",
        "threads": chosen.threads,
        "machine": side_by_side.machine("numpy"),
        "profiles": [],
    }
    for name in chosen.names or slowest():
        result["profiles"].append(profiled(shapes[name], chosen.rounds))
        print(table(result["profiles"][-1]), flush=True)
    if chosen.save:
        side_by_side.write("profile_conv2d.json", result)


def slowest() -> list[str]:
    """In the saved results: the shape with the largest ratio of our time to torch's, and the one that takes
    us longest."""
    saved = json.loads((side_by_side.RESULTS / "conv2d.json").read_text(encoding="utf-8"))
    times = {row["name"]: row["forward_and_backward"]["rows"] for row in saved["rows"]}
    behind = max(times, key=lambda name: times[name][1]["cnnmath_time_over_this"])
    longest = max(times, key=lambda name: times[name][0]["median_us"])
    return list(dict.fromkeys((behind, longest)))


def profiled(shape: conv2d.Shape, rounds: int) -> dict[str, Any]:
    """Both passes, each alone and by its parts, and the machine's rate."""
    import cnnmath.ops

    folder = Path(cnnmath.ops.__file__).parent
    arrays, dz = conv2d.drawn(shape)
    forward, _ = conv2d.with_cnnmath(shape, arrays, dz)
    _, backward = forward()
    products = {f"{size}x{size}": conv2d.square_product(size) for size in conv2d.SQUARES}
    steps = {"cnnmath": lambda _: forward(), "backward": lambda _: backward(dz), **products}
    alone, alone_backward, *squares = side_by_side.timed(steps, rounds)["rows"]
    count = conv2d.operations(shape)
    return {
        "shape": shape.name,
        "gemm": conv2d.rate(squares),
        "passes": [
            one_pass("forward", alone, count, parts(forward, folder, rounds)),
            one_pass(
                "backward", alone_backward, 2 * count, parts(lambda: backward(dz), folder, rounds)
            ),
        ],
    }


def one_pass(
    name: str, alone: dict[str, Any], count: int, found: dict[Place, Part]
) -> dict[str, Any]:
    """Milliseconds by kind and by line, without what the clock cost."""
    seconds, cost = without_clock(found, alone["median_us"] / 1e6)
    total = sum(seconds.values())
    kinds: Counter[str] = Counter()
    for place, each in seconds.items():
        kinds[place.kind] += each
    return {
        "pass": name,
        "alone_ms": round(alone["median_us"] / 1000, 4),
        "parts_ms": round(total * 1000, 4),
        "instructions": sum(part.instructions for part in found.values()),
        "clock_us_per_instruction": round(cost * 1e6, 3),
        "operations": count,
        "product_gflops": round(count / kinds[PRODUCT] / 1e9, 2),
        "kinds_ms": {kind: round(kinds[kind] * 1000, 4) for kind in KINDS},
        "lines": [
            {
                "file": Path(place.file).name,
                "line": place.line,
                "kind": place.kind,
                "ms": round(each * 1000, 4),
                "text": linecache.getline(place.file, place.line).strip(),
            }
            for place, each in sorted(seconds.items(), key=lambda item: -item[1])
            if each >= SHOWN * total
        ],
    }


def without_clock(found: dict[Place, Part], alone: float) -> tuple[dict[Place, float], float]:
    """Seconds of each place, and what the clock cost per instruction: as much as the parts exceed the
    call alone, the same for each instruction."""
    whole = sum(part.seconds for part in found.values())
    cost = max(0.0, (whole - alone) / sum(part.instructions for part in found.values()))
    left = {place: part.seconds - cost * part.instructions for place, part in found.items()}
    return {place: max(0.0, seconds) for place, seconds in left.items()}, cost


def parts(call: Callable[[], Any], folder: Path, rounds: int) -> dict[Place, Part]:
    """Medians over the rounds: each round is hit by other interruptions, at other places."""
    found = [clocked(call, folder) for _ in range(rounds)]
    return {
        place: Part(
            statistics.median(one[place].seconds for one in found if place in one),
            found[0][place].instructions,
        )
        for place in found[0]
    }


def clocked(call: Callable[[], Any], folder: Path) -> dict[Place, Part]:
    """One call: how its time is spread over the instructions of the files in `folder`."""
    spent: Counter[tuple[CodeType, int]] = Counter()
    times: Counter[tuple[CodeType, int]] = Counter()
    last, since, now, prefix = None, 0.0, time.perf_counter, str(folder)

    def book(moment: float) -> None:
        if last is not None:
            spent[last] += moment - since
            times[last] += 1

    def local(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal last, since
        if event == "opcode":
            book(now())
            last, since = (frame.f_code, frame.f_lasti), now()
        return local

    def entered(frame: FrameType, *_: Any) -> Any:
        nonlocal since
        moment = now()
        ours = frame.f_code.co_filename.startswith(prefix)
        if ours:
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        since += now() - moment
        return local if ours else None

    before = sys.gettrace()
    gc.disable()  # it would be booked on a line that allocates a slice
    sys.settrace(entered)
    try:
        call()
        book(now())
    finally:
        sys.settrace(before)
        gc.enable()
    if last is None:
        raise ValueError(f"profile_conv2d: the call runs nothing of {folder}")
    return by_place(spent, times)


def by_place(spent: Counter, times: Counter) -> dict[Place, Part]:
    """From instructions to lines and kinds."""
    known = {code: places(code) for code in {code for code, _ in spent}}
    found: dict[Place, Part] = {}
    for (code, offset), seconds in spent.items():
        place, more = known[code][offset], times[code, offset]
        old = found.get(place, Part(0.0, 0))
        found[place] = Part(old.seconds + seconds, old.instructions + more)
    return found


def places(code: CodeType) -> dict[int, Place]:
    """File, line and kind of every instruction, by its offset."""
    return {
        each.offset: Place(
            code.co_filename,
            each.positions.lineno or code.co_firstlineno,
            kind(each, text(code, each)),
        )
        for each in dis.get_instructions(code)
    }


def text(code: CodeType, instruction: dis.Instruction) -> str:
    """What the instruction evaluates, to the end of its first line."""
    at = instruction.positions
    if at is None or at.lineno is None or at.col_offset is None:
        return ""
    return linecache.getline(code.co_filename, at.lineno)[at.col_offset :]


def kind(instruction: dis.Instruction, text: str) -> str:
    name = instruction.opname
    if name == "BINARY_OP":
        return PRODUCT if instruction.argrepr.startswith("@") else ARITHMETIC
    if name == "STORE_SUBSCR":
        return WRITING
    if name.startswith("CALL"):
        if text.startswith(("np.add(", "np.subtract(", "np.negative(")):
            return ARITHMETIC
        return PRODUCT if text.startswith("np.matmul(") else CALL
    return PYTHON


def table(found: dict[str, Any]) -> str:
    """Both passes of a shape: kinds, then lines."""
    gemm = found["gemm"]
    lines = [
        f"{found['shape']}; the machine multiplies float32 matrices of {gemm['size']}x{gemm['size']} "
        f"at {gemm['gflops']} GFLOP/s"
    ]
    for one in found["passes"]:
        whole = one["operations"] / one["alone_ms"] / 1e6
        lines += [
            "",
            f"{one['pass']}: {one['alone_ms']:.3f} ms, {whole / gemm['gflops']:.0%} of the machine's "
            f"rate; parts {one['parts_ms']:.3f} ms",
            *(part(ms, one["parts_ms"], kind) for kind, ms in one["kinds_ms"].items()),
            f"  the products alone: {one['product_gflops']:.1f} GFLOP/s, "
            f"{one['product_gflops'] / gemm['gflops']:.0%} of the machine's rate",
            *(
                part(
                    each["ms"],
                    one["parts_ms"],
                    f"{each['kind']:25}  {each['file']}:{each['line']}  {each['text']}",
                )
                for each in one["lines"]
            ),
        ]
        rest = one["parts_ms"] - sum(each["ms"] for each in one["lines"])
        lines.append(part(rest, one["parts_ms"], f"lines of less than {SHOWN:.0%} each"))
    return "\n".join([*lines, ""])


def part(ms: float, total: float, text: str) -> str:
    return f"  {ms:10.3f} ms {ms / total:6.1%}  {text}"


if __name__ == "__main__":
    main()

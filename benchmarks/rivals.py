"""Convolution and training steps beside other packages that compute with NumPy alone.

    python -m pip install -e ".[rivals]"
    python benchmarks/rivals.py [--threads 1] [--rounds 20] [--save] [SHAPE | MODEL ...]

The shapes are those of conv2d.py (forward, and forward with backward for x, w and b), the steps those of
training_steps.py; float32, one process, in turn. rival_packages.py says what is used of each rival.
A rival that is not installed, does not import, has no such operation or computes something else is
named with the reason. Results are compared first: values and gradients to 1e-4 of the largest
entry, training steps as in training_steps.py. A contender gets as many rounds as fit into 5
seconds, at least 2; a convolution that takes more than 10 seconds in the comparison is left at that one
reading. Prints the time of each rival over ours, then the geometric mean and the least of the fastest
rival over ours. --save writes results/rivals.json.

dezero 0.0.13 and numpy-ml 0.1.2 are not maintained: each still expects one name that NumPy or Python
dropped (numpy.int, collections.Hashable), which it gets back while it is imported; nothing else
is changed. pydynet's maximum gives every one of equal entries the whole gradient, so that its nets with
pooling make another step and are refused. chainer 7.8.1 is left out: it expects more that NumPy 2
dropped, and its convolution, im2col and tensordot, is the one that dezero took over.
"""

import statistics
import time
from typing import Any

import conv2d
import course_steps
import rival_packages
import side_by_side
from course_steps import Contender, Course, Task
from rival_packages import Layers, NotThere, Rival, Tensors

SECONDS, PATIENCE, LEAST = 5.0, 10.0, 2
GOALS = {"geometric_mean": 1.5, "least": 0.95}
RESULTS = ("z", "dx", "dw", "db")
Reasons = dict[str, str]  # by rival


class Refused(Exception):
    """The rival computes something else."""


def main() -> None:
    names = [each.name for each in (*conv2d.SHAPES, *course_steps.MODELS)]
    chosen = side_by_side.options(__doc__, rounds=20, names=names)
    tools, absent = all_loaded(rival_packages.RIVALS)
    result: dict[str, Any] = {
        "what": "conv2d and training steps beside packages that compute with NumPy alone",
        "dtype": "float32",
        "threads": chosen.threads,
        "machine": side_by_side.machine("numpy"),
        "rivals": [
            {**rival_packages.described(rival), "status": absent.get(rival.name, "measured")}
            for rival in rival_packages.RIVALS
        ],
        "shapes": [],
        "models": [],
    }
    print(heading(result))
    for shape in side_by_side.among(conv2d.SHAPES, chosen.names):
        result["shapes"].append(measured_shape(shape, tools, chosen.rounds))
        print(lines(result["shapes"][-1], tools), flush=True)
    for course in side_by_side.among(course_steps.MODELS, chosen.names):
        result["models"].append(measured_model(course, tools, chosen.rounds))
        print(lines(result["models"][-1], tools), flush=True)
    result["summary"] = summary(result["shapes"] + result["models"])
    print(closing(result["summary"]))
    if chosen.save:
        side_by_side.write("rivals.json", result)


def all_loaded(rivals: tuple[Rival, ...]) -> tuple[dict[str, Tensors | Layers], Reasons]:
    """Those that there are, and why the others are not."""
    tools, absent = {}, {}
    for rival in rivals:
        try:
            tools[rival.name] = rival_packages.loaded(rival)
        except NotThere as error:
            absent[rival.name] = str(error)
    return tools, absent


def measured_shape(
    shape: conv2d.Shape, tools: dict[str, Tensors | Layers], rounds: int
) -> dict[str, Any]:
    """Both passes of ours and of every rival that has this convolution and agrees."""
    arrays, dz = conv2d.drawn(shape)
    passes, reasons, notes = {"cnnmath": conv2d.with_cnnmath(shape, arrays, dz)}, {}, {}
    ours, our_seconds = clocked(passes["cnnmath"][1])
    for name, tool in tools.items():
        try:
            theirs = rival_passes(tool, shape, arrays, dz)
            results, seconds = clocked(theirs[1])
            notes.update(in_other_dtypes(name, agreeing(ours, results)))
            if seconds > PATIENCE:
                reasons[name] = too_slow(seconds, our_seconds)
            else:
                passes[name] = theirs
        except Refused as error:
            reasons[name] = f"refused: {error}"
        except Exception as error:  # what it cannot do it says in many ways
            reasons[name] = rival_packages.first_line(error)
    timed = [
        side_by_side.timed(
            {name: conv2d.as_step(each[k]) for name, each in passes.items()},
            rounds,
            least=LEAST,
            longest=SECONDS,
        )
        for k in (0, 1)
    ]
    return {
        "name": shape.name,
        "timings": {"forward": timed[0], "forward_and_backward": timed[1]},
        "left_out": reasons,
        "notes": notes,
    }


def clocked(call: conv2d.Pass) -> tuple[Any, float]:
    """Result and seconds."""
    start = time.perf_counter()
    return call(), time.perf_counter() - start


def too_slow(seconds: float, ours: float) -> str:
    return (
        f"forward and backward took {seconds:.1f} s, {seconds / ours:.0f} times ours, in the one call "
        "of the comparison; no further ones"
    )


def rival_passes(
    tool: Tensors | Layers, shape: conv2d.Shape, arrays: list, dz: Any
) -> tuple[conv2d.Pass, conv2d.Pass]:
    """Forward, recorded for its backward, and both."""
    if isinstance(tool, Layers):
        return tool.passes(shape, arrays, dz)

    def convolution(x: Any, w: Any, b: Any) -> Any:
        return tool.conv2d(x, w, b, shape)

    def both() -> list:
        z, pull = tool.evaluate(convolution, arrays)
        return [z, *pull(dz)]

    return lambda: tool.evaluate(convolution, arrays)[0], both


def agreeing(ours: list, theirs: list) -> list:
    """Theirs, if each is ours to 1e-4 of its largest entry. Raises Refused."""
    import numpy as np

    for name, mine, other in zip(RESULTS, ours, theirs, strict=True):
        if np.shape(other) != mine.shape:
            raise Refused(f"{name} has shape {np.shape(other)}, ours {mine.shape}")
        error = float(np.abs(mine - other).max() / np.abs(mine).max())
        if not error < 1e-4:  # "not <" refuses NaN as well
            raise Refused(f"{name} is off by {error:.1e} of its largest entry")
    return theirs


def in_other_dtypes(rival: str, results: list) -> Reasons:
    """What comes out in another dtype than it went in: more work than it need be."""
    others = [
        f"{name} in {array.dtype}"
        for name, array in zip(RESULTS, results, strict=True)
        if array.dtype != "float32"
    ]
    return {rival: ", ".join(others)} if others else {}


def measured_model(
    course: Course, tools: dict[str, Tensors | Layers], rounds: int
) -> dict[str, Any]:
    """A training step of ours and of every rival that has the layers and agrees."""
    task = course_steps.start(course)
    contenders, reasons = {"cnnmath": course_steps.with_cnnmath(task)}, {}
    for name, tool in tools.items():
        try:
            contender = rival_contender(tool, task)
            ours = course_steps.with_cnnmath(task)
            course_steps.check_agreement({"cnnmath": ours, name: contender}, task.arrays)
            contenders[name] = contender
        except Exception as error:  # what it cannot do it says in many ways
            reasons[name] = rival_packages.first_line(error)
    steps = {name: contender.step for name, contender in contenders.items()}
    timed = side_by_side.timed(steps, rounds, least=LEAST, longest=SECONDS)
    return {"name": course.name, "timings": {"step": timed}, "left_out": reasons, "notes": {}}


def rival_contender(tool: Tensors | Layers, task: Task) -> Contender:
    """The same layers out of the rival's functions; the update by NumPy in place.

    Raises NotImplementedError, naming the layer that the rival has not.
    """
    import numpy as np

    if isinstance(tool, Layers):
        raise NotImplementedError("layers without automatic gradients")
    arrays = [a.copy() for a in task.arrays]
    update = course_steps.momentum_update(task, arrays)
    functions = [layer_function(tool, layer) for layer in task.model.layers]
    takes = [len(each) for each in task.params]
    x = [tool.constant(each) for each in task.x]

    def step(i: int) -> None:
        def loss(*leaves: Any) -> Any:
            y, left = x[i % len(x)], iter(leaves)
            for function, count in zip(functions, takes, strict=True):
                y = function(y, *(next(left) for _ in range(count)))
            return tool.cross_entropy(y, task.t[i % len(x)])

        value, pull = tool.evaluate(loss, arrays)
        update(pull(np.ones_like(value)))

    return Contender(step, lambda: arrays)


def layer_function(tool: Tensors, layer: Any) -> Any:
    kind = type(layer).__name__
    if kind == "Conv2d":
        shape = conv2d.Shape("", (), layer.shape, layer.stride, layer.padding)
        return lambda x, w, b: tool.conv2d(x, w, b, shape)
    if kind == "MaxPool2d":
        if tool.max_pool2d is None:
            raise NotImplementedError("no max pooling")
        return lambda x: tool.max_pool2d(x, layer.size)
    if kind == "Flatten":
        return lambda x: x.reshape(x.shape[0], -1)
    return {"Affine": tool.affine, "Relu": tool.relu}[kind]


def summary(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The fastest rival over ours, per kind of pass: geometric mean and least over shapes or models."""
    fastest: dict[str, dict[str, float]] = {}
    for one in found:
        for name, timed in one["timings"].items():
            rows = [row for row in timed["rows"] if row["name"] != "cnnmath"]
            if rows:
                slowest_we_are = max(row["cnnmath_time_over_this"] for row in rows)
                fastest.setdefault(name, {})[one["name"]] = 1 / slowest_we_are
    return {
        name: {
            "count": len(ratios),
            "geometric_mean": round(statistics.geometric_mean(ratios.values()), 3),
            "least": round(min(ratios.values()), 3),
            "least_at": min(ratios, key=lambda one: ratios[one]),
        }
        for name, ratios in fastest.items()
    }


def heading(result: dict[str, Any]) -> str:
    lines = [f"{result['what']}; {result['dtype']}, {result['threads']} thread(s)"]
    for rival in result["rivals"]:
        version = rival.get("version", "")
        lines.append(f"  {rival['name']:12} {version:8} {rival['status']}; {rival['way']}")
    lines.append(
        f"{'time of a rival over ours':42} {'ours (ms)':>10}"
        + "".join(
            f"{rival['name']:>12}" for rival in result["rivals"] if rival["status"] == "measured"
        )
    )
    return "\n".join(lines)


def lines(found: dict[str, Any], names: Any) -> str:
    """A line per pass, then who was left out and why."""
    printed = []
    for name, timed in found["timings"].items():
        rows = {row["name"]: row for row in timed["rows"]}
        ratios = "".join(
            f"{1 / rows[rival]['cnnmath_time_over_this']:12.2f}" if rival in rows else f"{'-':>12}"
            for rival in names
        )
        ours = rows["cnnmath"]["median_us"] / 1000
        printed.append(f"{found['name']:21} {name:20} {ours:10.3f}{ratios}")
    printed += [f"    {rival}: {why}" for rival, why in found["left_out"].items()]
    printed += [f"    {rival}: {note}" for rival, note in found["notes"].items()]
    return "\n".join(printed)


def closing(found: dict[str, Any]) -> str:
    """The summary, and how it stands to the goals."""
    printed = ["the fastest rival over ours"]
    for name, each in found.items():
        verdicts = [
            f"{key.replace('_', ' ')} {each[key]:.2f} ({'' if each[key] >= goal else 'not '}"
            f"the goal of {goal})"
            for key, goal in GOALS.items()
        ]
        printed.append(
            f"  {name:21} {each['count']:2}: {', '.join(verdicts)}, least at {each['least_at']}"
        )
    return "\n".join(printed)


if __name__ == "__main__":
    main()

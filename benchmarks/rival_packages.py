"""The rivals of rivals.py: packages from PyPI that compute with NumPy alone, and how each is used.

A rival that records what it computes is a record of its own functions, on its own tensors; where it
offers a convolution or a pooling, that one is used, and none is written for it. One with layers only
brings its two passes of a convolution itself.
"""

import collections.abc
import importlib
import importlib.util
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any, NamedTuple

from conv2d import Pass, Shape

Pull = Callable[[Any], list]  # gradient of a result -> gradients of the arrays


class Tensors(NamedTuple):
    """Functions of a rival on its tensors; None where it has no such function."""

    evaluate: Callable[
        [Callable[..., Any], list], tuple[Any, Pull]
    ]  # f, arrays -> f(*arrays), pull
    constant: Callable[[Any], Any]  # an array that no gradient is asked for
    affine: Callable[[Any, Any, Any], Any]
    relu: Callable[[Any], Any]
    cross_entropy: Callable[[Any, Any], Any]  # mean over the batch, of scores and labels
    conv2d: Callable[[Any, Any, Any, Shape], Any]  # x, w, b
    max_pool2d: Callable[[Any, int], Any] | None


class Layers(NamedTuple):
    """A rival without automatic gradients."""

    passes: Callable[[Shape, list, Any], tuple[Pass, Pass]]


class Rival(NamedTuple):
    name: str  # on PyPI
    module: str
    way: str  # what is used
    build: Callable[[], Tensors | Layers]
    gone: tuple[str, str, Any] | None = (
        None  # module, name and value of what newer versions dropped
    )


class NotThere(Exception):
    """The rival is not installed, or does not import."""


def loaded(rival: Rival) -> Tensors | Layers:
    """Import it. Raises NotThere, with the reason."""
    if importlib.util.find_spec(rival.module) is None:
        raise NotThere("not installed")
    try:
        with warnings.catch_warnings(), restored(rival.gone):
            warnings.simplefilter("ignore")  # on what else could be installed
            importlib.import_module(rival.module)
            return rival.build()
    except Exception as error:
        raise NotThere(f"does not import: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """Kind and first line of what a package says, if it says anything."""
    said = str(error).strip()
    return f"{type(error).__name__}: {said.splitlines()[0]}" if said else type(error).__name__


def described(rival: Rival) -> dict[str, str]:
    """Name, version and how it is used, for the result file."""
    found = {"name": rival.name, "way": rival.way}
    if importlib.util.find_spec(rival.module) is not None:
        found["version"] = version(rival.name)
    if rival.gone is not None:
        found["while_importing"] = f"{rival.gone[0]}.{rival.gone[1]} = {rival.gone[2].__name__}"
    return found


@contextmanager
def restored(gone: tuple[str, str, Any] | None) -> Iterator[None]:
    """While a rival is imported, give back the one name that it still expects of Python or NumPy."""
    if gone is None or hasattr(importlib.import_module(gone[0]), gone[1]):
        yield
        return
    module = importlib.import_module(gone[0])
    setattr(module, gone[1], gone[2])
    try:
        yield
    finally:
        delattr(module, gone[1])


def mygrad() -> Tensors:
    import mygrad
    from mygrad import nnet

    def evaluate(function: Callable[..., Any], arrays: list) -> tuple[Any, Pull]:
        leaves = [mygrad.tensor(a, copy=False) for a in arrays]
        z = function(*leaves)

        def pull(upstream: Any) -> list:
            z.backward(upstream)
            return [leaf.grad for leaf in leaves]

        return z.data, pull

    return Tensors(
        evaluate,
        constant=lambda x: x,
        affine=lambda x, w, b: mygrad.matmul(x, w.T) + b,
        relu=nnet.relu,
        cross_entropy=nnet.softmax_crossentropy,
        conv2d=lambda x, w, b, shape: (
            nnet.conv_nd(x, w, stride=shape.stride, padding=shape.padding) + b.reshape(-1, 1, 1)
        ),
        max_pool2d=lambda x, size: nnet.max_pool(x, (size, size), size),
    )


def autograd() -> Tensors:
    import autograd
    import autograd.numpy as np
    from autograd.scipy.signal import convolve

    def evaluate(function: Callable[..., Any], arrays: list) -> tuple[Any, Pull]:
        vjp, z = autograd.make_vjp(lambda leaves: function(*leaves))(tuple(arrays))
        return z, lambda upstream: list(vjp(upstream))

    def cross_entropy(s: Any, t: Any) -> Any:
        s = s - np.max(s, axis=1, keepdims=True)
        chosen = s[np.arange(len(t)), t] - np.log(np.sum(np.exp(s), axis=1))
        return -np.mean(chosen)

    def conv2d(x: Any, w: Any, b: Any, shape: Shape) -> Any:
        if shape.stride != 1:
            raise NotImplementedError("convolve has no stride")
        border = (shape.padding, shape.padding)
        if shape.padding:
            x = np.pad(x, ((0, 0), (0, 0), border, border), mode="constant")
        flipped = w[:, :, ::-1, ::-1]  # convolve turns the kernel by 180 degrees
        z = convolve(x, flipped, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")
        return z + b.reshape(-1, 1, 1)

    return Tensors(
        evaluate,
        constant=lambda x: x,
        affine=lambda x, w, b: np.dot(x, w.T) + b,
        relu=lambda x: np.maximum(x, 0),
        cross_entropy=cross_entropy,
        conv2d=conv2d,
        max_pool2d=None,
    )


def dezero() -> Tensors:
    from dezero import Variable
    from dezero import functions as F

    def evaluate(function: Callable[..., Any], arrays: list) -> tuple[Any, Pull]:
        leaves = [Variable(a) for a in arrays]
        z = function(*leaves)

        def pull(upstream: Any) -> list:
            z.grad = Variable(upstream)
            z.backward()
            return [leaf.grad.data for leaf in leaves]

        return z.data, pull

    return Tensors(
        evaluate,
        constant=Variable,
        affine=lambda x, w, b: F.linear(x, w.T, b),
        relu=F.relu,
        cross_entropy=F.softmax_cross_entropy,
        conv2d=lambda x, w, b, shape: F.conv2d(x, w, b, shape.stride, shape.padding),
        max_pool2d=lambda x, size: F.pooling(x, size, size),
    )


def pydynet() -> Tensors:
    import pydynet
    from pydynet.core.tensor import Graph
    from pydynet.nn import functional as F

    def evaluate(function: Callable[..., Any], arrays: list) -> tuple[Any, Pull]:
        Graph.node_list.clear()  # it keeps every leaf, and all of a forward pass without a backward
        Graph.size = 0
        leaves = [pydynet.Tensor(a, dtype=a.dtype, copy=None, requires_grad=True) for a in arrays]
        z = function(*leaves)

        def pull(upstream: Any) -> list:
            (z * pydynet.Tensor(upstream)).sum().backward()  # it starts at scalars only
            return [leaf.grad for leaf in leaves]

        return z.data, pull

    return Tensors(
        evaluate,
        constant=pydynet.Tensor,
        affine=lambda x, w, b: F.linear(x, w.T, b),
        relu=F.relu,
        cross_entropy=F.cross_entropy_loss,
        conv2d=lambda x, w, b, shape: (
            F.conv2d(x, w, shape.padding, shape.stride) + b.reshape(1, -1, 1, 1)
        ),
        max_pool2d=lambda x, size: F.max_pool2d(x, size, size),
    )


def pureml() -> Tensors:
    import numpy as np
    from pureml import Tensor, layers
    from pureml.activations import relu
    from pureml.losses import CCE

    def evaluate(function: Callable[..., Any], arrays: list) -> tuple[Any, Pull]:
        leaves = [Tensor(a, requires_grad=True) for a in arrays]
        z = function(*leaves)

        def pull(upstream: Any) -> list:
            z.backward(upstream)
            return [leaf.grad for leaf in leaves]

        return z.data, pull

    def conv2d(x: Any, w: Any, b: Any, shape: Shape) -> Any:
        o, c, *size = w.shape
        layer = layers.Conv2D(
            c, o, tuple(size), shape.stride, shape.padding, W=w.reshape(o, -1), b=b
        )
        return layer(x)

    return Tensors(
        evaluate,
        constant=Tensor,
        affine=lambda x, w, b: x @ w.T + b,
        relu=relu,
        cross_entropy=lambda s, t: CCE(Tensor(np.eye(10, dtype=s.dtype)[t]), s, from_logits=True),
        conv2d=conv2d,
        max_pool2d=lambda x, size: layers.MaxPool2D(size, size)(x),
    )


def numpy_ml() -> Layers:
    """Its images have the channels last and its kernels are (p, q, c, o): turned before the clock starts."""
    import numpy as np
    from numpy_ml.neural_nets.layers import Conv2D

    def passes(shape: Shape, arrays: list, dz: Any) -> tuple[Pass, Pass]:
        x, w, b = arrays
        x, dz = (np.ascontiguousarray(a.transpose(0, 2, 3, 1)) for a in (x, dz))
        layer = Conv2D(shape.w[0], shape.w[2:], shape.padding, shape.stride)
        layer.forward(x[:1], retain_derived=False)  # only now it makes its parameters
        kernels = np.ascontiguousarray(w.transpose(2, 3, 1, 0))
        layer.parameters = {"W": kernels, "b": b.reshape(1, 1, 1, -1)}
        layer.gradients = {name: np.zeros_like(a) for name, a in layer.parameters.items()}

        def forward() -> Any:
            return layer.forward(x, retain_derived=False).transpose(0, 3, 1, 2)

        def both() -> list:
            layer.flush_gradients()
            z, dx = layer.forward(x), layer.backward(dz)
            dw, db = layer.gradients["W"].transpose(3, 2, 0, 1), layer.gradients["b"].reshape(-1)
            return [z.transpose(0, 3, 1, 2), dx.transpose(0, 3, 1, 2), dw, db]

        return forward, both

    return Layers(passes)


RIVALS = (
    Rival("mygrad", "mygrad", "nnet.conv_nd: windows as a view, tensordot", mygrad),
    Rival("autograd", "autograd", "scipy.signal.convolve: einsum over a view of windows", autograd),
    Rival(
        "dezero",
        "dezero",
        "functions.conv2d: im2col, tensordot",
        dezero,
        gone=("numpy", "int", int),
    ),
    Rival("pydynet", "pydynet", "nn.functional.conv2d: im2col, one product", pydynet),
    Rival("ym-pure-ml", "pureml", "layers.Conv2D: unfold2d, a product per image", pureml),
    Rival(
        "numpy-ml",
        "numpy_ml",
        "neural_nets.layers.Conv2D: im2col by index arrays, one product",
        numpy_ml,
        gone=("collections", "Hashable", collections.abc.Hashable),
    ),
)

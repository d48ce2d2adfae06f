"""Networks of the 1990s: trainable subsampling, bounded units, squared error; and learned combinations."""

from itertools import pairwise

from cnnmath.nn.activations import ACTIVATIONS
from cnnmath.nn.choices import check_choice
from cnnmath.nn.convolution import Conv2d, Table
from cnnmath.nn.layers import Affine, Flatten
from cnnmath.nn.mixing import MixMaps
from cnnmath.nn.sequential import Sequential
from cnnmath.nn.subsampling import Subsample2d

# Which maps of S2 each map of C3 sees: LeCun et al. 1998, table I. Three neighbours, four neighbours,
# two and two, all six; 60 of 96 pairs.
LENET_C3: Table = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)),
    (0, 1, 2, 3, 4, 5),
)


def bouvrie_net(activation: str = "scaled_tanh") -> Sequential:
    """The network of document 000 for the 8x8 digits: x (n, 1, 8, 8) -> y (n, 10); 1,946 parameters.

    Two times convolution with 3x3 kernels and trainable subsampling of 2x2, the activation after each:
    the maps go from 1 of 8x8 to 8 of 4x4 to 16 of 2x2; then one affine map, and the activation again.
    Train it with `squared_error` on targets that the outputs can reach: `np.eye(10)[t]` for sigmoid,
    `2 * np.eye(10)[t] - 1` for scaled_tanh (f(1) = 1). The convolutions have a border of zeros, which
    000 does not mention, to keep 8x8 divisible. Weights start as `xavier`. From there the
    sigmoid net is hard to train: the slope of each of its five sigmoids is at most 1/4, and 15 epochs of
    SGD with momentum at rates from 0.1 to 1 left it at the error of constant outputs, 0.45.
    Raises ValueError (another activation). Source: 000 sections 2.1, 3.1, 3.2; the sizes are ours.
    Chapter 04.

    >>> bouvrie_net("sigmoid").layers[:4]
    (Conv2d(c=1, o=8, size=3, padding=1), Sigmoid(), Subsample2d(c=8, size=2), Sigmoid())
    """
    check_choice("bouvrie_net", "activation", activation, ("scaled_tanh", "sigmoid"))
    return Sequential(
        _stage(Conv2d(1, 8, 3, padding=1, initialise="xavier"), activation),
        _stage(Conv2d(8, 16, 3, padding=1, initialise="xavier"), activation),
        Flatten(),
        _dense(16 * 2 * 2, 10, activation=activation),
    )


def classic_lenet5() -> Sequential:
    """LeNet-5 close to the paper: x (n, 1, 28, 28) -> y (n, 10); 60,850 parameters.

    C1 6 maps of 28x28, S2 of 14x14, C3 16 maps of 10x10 by the table LENET_C3, S4 of 5x5, C5 120 units,
    F6 84, each with scaled tanh; 60,000 parameters as in the paper. Train it with `squared_error` on
    `2 * np.eye(10)[t] - 1`. What differs from the paper:

    - images of 28x28 with a border of 2 zeros, there 32x32 with background of -0.1;
    - C5 is an affine map of the 400 values of S4, there a convolution that gives 1x1: the same numbers;
    - outputs are an affine map with scaled tanh (850 more parameters), there distances to fixed bitmaps
      of 7x12, the RBF units, and a loss that pushes the other classes away;
    - scaled tanh is applied after C1 and C3 and again after S2 and S4, as in 000;
    - weights start as `xavier` and the subsampling as a mean, there uniformly within 2.4/inputs;
    - plain SGD, there a step size for each parameter from second derivatives.

    Source: Y. LeCun et al., Gradient-based learning applied to document recognition, Proc. IEEE 86(11),
    1998, sections II.B and III.A, named in 000. Chapter 04.

    >>> from cnnmath.nn import parameter_counts
    >>> parameter_counts(classic_lenet5())
    (156, 0, 12, 0, 1516, 0, 32, 0, 0, 48120, 0, 10164, 0, 850, 0)
    """
    return _classic(size=5, padding=(2, 0), flat=16 * 5 * 5)


def classic_digits_net() -> Sequential:
    """`classic_lenet5` for the 8x8 digits: x (n, 1, 8, 8) -> y (n, 10); 19,474 parameters.

    The same layers with 3x3 kernels and a border of 1, so that the maps are of 8x8, 4x4, 4x4 and 2x2.
    C3 has the same table. Targets `2 * np.eye(10)[t] - 1`, loss `squared_error`. Chapter 04.

    >>> classic_digits_net().layers[4]
    Conv2d(c=6, o=16, size=3, padding=1, connect=<60 of 96 pairs, 02ad9f78>)
    """
    return _classic(size=3, padding=(1, 1), flat=16 * 2 * 2)


def mixing_net(penalty: str = "none", strength: float = 0.0) -> Sequential:
    """Small net with learned combinations of maps: x (n, 1, 8, 8) -> scores (n, 10); 724 parameters.

    Convolution to 6 maps of 8x8, subsampled to 4x4; each of the 6 is convolved with one kernel of its
    own, and 12 mixtures of the results, subsampled to 2x2, feed an affine map. Scaled tanh after each
    step but the last. `penalty` and `strength` as for `MixMaps`. Train it with `cross_entropy`.
    Raises ValueError, TypeError (penalty, strength). Source: 000 section 3.3; the sizes are ours. Chapter 04.

    >>> mixing_net("entropy", 0.01).layers[4:6]
    (Conv2d(c=6, o=6, size=3, padding=1, connect=<6 of 36 pairs, 00b7e5b5>, bias=False), \
MixMaps(c=6, o=12, penalty='entropy', strength=0.01))
    """
    each = tuple((c,) for c in range(6))  # one kernel per input map
    return Sequential(
        _stage(Conv2d(1, 6, 3, padding=1, initialise="xavier")),
        Conv2d(6, 6, 3, padding=1, connect=each, bias=False),
        _stage(MixMaps(6, 12, penalty, strength)),
        Flatten(),
        Affine(12 * 2 * 2, 10, "xavier"),
    )


def _classic(size: int, padding: tuple[int, int], flat: int) -> Sequential:
    c1 = Conv2d(1, 6, size, padding=padding[0], initialise="xavier")
    c3 = Conv2d(6, 16, size, padding=padding[1], connect=LENET_C3, initialise="xavier")
    return Sequential(_stage(c1), _stage(c3), Flatten(), _dense(flat, 120, 84, 10))


def _stage(maps: Conv2d | MixMaps, activation: str = "scaled_tanh") -> Sequential:
    """Maps and their subsampling by 2x2, an activation after each."""
    f = ACTIVATIONS[activation]()
    return Sequential(maps, f, Subsample2d(maps.o, 2), f)


def _dense(*sizes: int, activation: str = "scaled_tanh") -> Sequential:
    """Affine maps, an activation after each."""
    f = ACTIVATIONS[activation]()
    return Sequential(*(part for d, k in pairwise(sizes) for part in (Affine(d, k, "xavier"), f)))

"""Changes of code that change nothing, each with the reason; whoever survives and is not here is a hole."""

from mutation.op_mutants import OpMutant

Key = tuple[str, str, str, str]  # module, function, line before, line after

WEAK = (
    "e - e + 1 is 1; the number 1 in a where() takes the dtype of the other branch in NumPy 2, "
    "which the project asks for"
)
NOT_CHOSEN = "a border entry is never chosen: inside is False there, whatever stands in it"
FIRST_IS_CHOSEN = (
    "the first entry inside a window is chosen because route < 0, and replaces the start value before "
    "anything is compared with it; every window has one"
)
TIMES_ZERO = (
    "where a = 0 the logarithm is multiplied by a = 0, and backward takes a itself: "
    "any finite number will do"
)
WRITTEN_OVER = "every image is in one block, and each block writes all entries of its images"
WIDER = (
    "more rows of zeros behind the border than any window reaches: where the windows lie is said by slices "
    "that count from the front; only memory is lost"
)
OTHER_BLOCKS = (
    "how many images make a block changes the memory that a call takes, and no value: the sums of a "
    "block are those of its images"
)
SUMMED_ANYWAY = "the sums over one axis are added up over the other a line later"

EQUIVALENT: dict[Key, str] = {
    (
        "activation",
        "sigmoid",
        "y = np.where(np.array(z >= 0, dtype=bool), e - e + 1, e) / (1 + e)",
        "y = np.where(np.array(z >= 0, dtype=bool), 1, e) / (1 + e)",
    ): WEAK,
    (
        "binary_cross_entropy",
        "binary_cross_entropy.backward",
        "near, far = (e - e + 1) / (1 + e), e / (1 + e)",
        "near, far = (1) / (1 + e), e / (1 + e)",
    ): "e - e + 1 is 1, and a Python number takes the dtype of the array that it is divided by",
    (
        "loss",
        "cross_entropy",
        "half = (t * gap).sum(axis=1)",
        "half = (t * gap).sum(axis=0)",
    ): SUMMED_ANYWAY,
    (
        "penalty",
        "entropy_penalty",
        "logs = np.log(np.where(zero, a + 1, a))",
        "logs = np.log(np.where(zero, 1, a))",
    ): TIMES_ZERO,
    (
        "penalty",
        "entropy_penalty",
        "logs = np.log(np.where(zero, a + 1, a))",
        "logs = np.log(np.where(zero, (a + 2), a))",
    ): TIMES_ZERO,
    (
        "pool",
        "max_pool2d",
        "padded, inside = pad(x, geometry, -np.inf), pad(np.ones(x.shape, bool), geometry, False)",
        "padded, inside = pad(x, geometry, np.inf), pad(np.ones(x.shape, bool), geometry, False)",
    ): NOT_CHOSEN,
    (
        "pool",
        "max_pool2d",
        "y, route = np.full(shape, -np.inf, x.dtype), np.full(shape, -1)",
        "y, route = np.full(shape, np.inf, x.dtype), np.full(shape, -1)",
    ): FIRST_IS_CHOSEN,
    (
        "windows",
        "pad",
        "padded = np.full(x.shape[:-2] + geometry.padded, value, x.dtype)",
        "padded = np.full(x.shape[:2] + geometry.padded, value, x.dtype)",
    ): "whoever pads has checked that x has four axes: all but the last two are the first two",
    (
        "windows",
        "Windows.padded",
        "return u + 2 * z1, v + 2 * z2",
        "return u + (3 * z1), v + 2 * z2",
    ): WIDER,
    (
        "windows",
        "Windows.padded",
        "return u + 2 * z1, v + 2 * z2",
        "return u + 2 * z1, v + (3 * z2)",
    ): WIDER,
    (
        "conv_blocked",
        "blocked_value",
        "z = np.empty((len(x), len(w), *geometry.output), x.dtype)",
        "z = np.ones((len(x), len(w), *geometry.output), x.dtype)",
    ): WRITTEN_OVER,
    (
        "conv_blocked",
        "blocked_dx",
        "dx = np.empty((len(dz), w.shape[1], *geometry.size), dz.dtype)",
        "dx = np.ones((len(dz), w.shape[1], *geometry.size), dz.dtype)",
    ): WRITTEN_OVER,
    (
        "conv_blocked",
        "_blocks",
        "rows = geometry.padded[0] if geometry.stride[0] == 1 else P * I",
        "rows = (P * I if geometry.stride[0] == 1 else geometry.padded[0])",
    ): OTHER_BLOCKS,
    (
        "conv_blocked",
        "_blocks",
        "rows = geometry.padded[0] if geometry.stride[0] == 1 else P * I",
        "rows = geometry.padded[0] if (geometry.stride[0] != 1) else P * I",
    ): OTHER_BLOCKS,
    (
        "conv_blocked",
        "_blocks",
        "rows = geometry.padded[0] if geometry.stride[0] == 1 else P * I",
        "rows = geometry.padded[0] if geometry.stride[1] == 1 else P * I",
    ): OTHER_BLOCKS,
    (
        "conv_blocked",
        "_blocks",
        "rows = geometry.padded[0] if geometry.stride[0] == 1 else P * I",
        "rows = geometry.padded[0] if geometry.stride[-1] == 1 else P * I",
    ): OTHER_BLOCKS,
}


def key(mutant: OpMutant) -> Key:
    change = mutant.change
    return mutant.module, change.function, change.old, change.new

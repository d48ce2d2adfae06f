"""Rows of document 000, sections 1 and 3.1, in its order; its formula images are lost.

Its convolutions are those of MATLAB's conv2, which turns the kernel.
"""

from cnnmath.ledger import cnn_notes_checks as checks
from cnnmath.ledger import cnn_notes_formulas as formulas
from cnnmath.ledger.row import Printed, Row

ROWS: tuple[Row, ...] = (
    Row(
        "bouvrie-1-a",
        "1",
        "many more connections than weights: one per weight and place of the output map, for all sizes "
        "by shared_connections.connections#count",
        check=checks.connections_and_weights,
    ),
    Row(
        "bouvrie-1-b",
        "1",
        "filters are learnt from data; what the document is going to derive",
        not_checkable="announces the sections that follow, each with rows of its own",
    ),
    Row(
        "bouvrie-3.1-a",
        "3.1",
        "output map j: the valid convolutions of the chosen input maps, added up, one bias, f",
        by="selected_maps.y#definition",
        claim=formulas.output_map,
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.1-b",
        "3.1",
        "M_j is a choice of input maps; every pair of maps has its own kernel, every output map one bias",
        check=checks.maps_selected,
    ),
    Row(
        "bouvrie-3.1.1-e",
        "3.1.1",
        "formula (3): the bias gets the sum of its sensitivity map",
        by="selected_maps.db#sensitivities",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.1.1-f",
        "3.1.1",
        "a shared weight gets the gradients of all connections that use it (of one connection: "
        "shared_weights.dv#connection)",
        by="shared_weights.dk#connections",
    ),
    Row(
        "bouvrie-3.1.1-g",
        "3.1.1",
        "kernel gradient by patches; after a conv2 the patch counts as turned by 180 degrees, after a "
        "correlation as it lies (shared_weights.dk#patches)",
        by="true_convolution.dk#patches",
        printed=Printed(
            "p_uv is the patch of x that was multiplied elementwise with k; the result is output (u, v)",
            "for conv2 forward passes the patch turned by 180 degrees; output (u, v) is the SUM of the "
            "products",
            "reteller",
            formulas.unturned_patches,
            within="true_convolution",
        ),
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.1.1-h",
        "3.1.1",
        "the same as one line of MATLAB: rot180(conv2(x, rot180(delta), 'valid'))",
        by="true_convolution.dk#conv2",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.1.1-i",
        "3.1.1",
        "a kernel that is flipped beforehand makes conv2 a correlation: two flips cancel",
        by="true_convolution.twice#claim",
        printed=Printed(
            "by the definition of convolution the kernel must be flipped before it goes to conv2, its "
            "rows and columns reversed",
            "conv2 does the flip of the definition itself; flipped beforehand it is a correlation; flip: "
            "the order of rows and of columns reversed (half_turn), no transpose",
            "reteller",
            formulas.flipped_for_conv2,
            within="true_convolution",
        ),
    ),
)

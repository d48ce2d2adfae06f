"""Rows of 002 sections 6.2 and 6.2.2, and of 000 section 3.4, each in its order: loops, im2col, MATLAB.

Document 002 has depth last and counts columns first; our patch matrix is row-major, and column-major
with ``order="F"``.
"""

from cnnmath.ledger import cnn_zhang_formulas as formulas
from cnnmath.ledger import implementation_im2col_checks as checks
from cnnmath.ledger import implementation_im2col_printed as printed
from cnnmath.ledger.row import Printed, Row

LOOPS = (
    Row(
        "zhang-6.12",
        "6.2",
        "the operation to implement, 5.10 for each place and filter",
        by="conv_layer.z#definition",
        claim=formulas.in_the_order_of_the_document,
    ),
    Row(
        "zhang-6.2-a",
        "6.2",
        "loops for the three sums, the three indices of the output and the batch",
        check=checks.seven_loops,
    ),
    Row(
        "zhang-6.2-b",
        "6.2",
        "with the three sums as one inner product four loops are left",
        check=checks.four_loops,
    ),
)

IM2COL = (
    Row(
        "zhang-6.2.2-g",
        "6.2.2",
        "the idea: a matrix product is fast, so the convolution is made one",
        check=checks.products_are_fast,
    ),
    Row(
        "zhang-6.2.2-a",
        "6.2.2",
        "step 1: each receptive field is a row of the patch matrix",
        check=checks.fields_become_rows,
    ),
    Row(
        "zhang-6.19-b",
        "6.2.2",
        "p says which output, q which depth and offset: both numberings can be inverted, by remainder and "
        "quotient (column_major_places.i#claim, column_major_places.j#claim, column_major_places.p#claim, "
        "column_major_places.q#claim, column_major_places.c#claim; every number is taken: "
        "column_major_places.once#claim, column_major_places.digits#claim, "
        "column_major_places.number#claim), and this entry stands there",
        by="im2col_of_the_source.place#claim",
    ),
    Row(
        "zhang-6.16",
        "6.2.2",
        "row of the image: that of the output plus that of the kernel (with stride, padding and dilation: "
        "im2col_product.place#claim)",
        by="im2col_of_the_source.place#claim",
    ),
    Row(
        "zhang-6.17",
        "6.2.2",
        "column of the image: that of the output plus that of the kernel",
        by="im2col_of_the_source.place#claim",
    ),
    Row(
        "zhang-6.18",
        "6.2.2",
        "row of the patch matrix, counted down the columns of the map: each number once (row by row, as "
        "NumPy counts: row_major_places.once#claim)",
        by="column_major_places.once#claim",
    ),
    Row(
        "zhang-6.19",
        "6.2.2",
        "column of the patch matrix, counted down the columns of the kernel, then by depth: each number "
        "0 .. F1 F2 D - 1 has its digits (column_major_places.digits#claim), which make it again",
        by="column_major_places.number#claim",
    ),
    Row(
        "zhang-6.2.2-b",
        "6.2.2",
        "step 2: each filter is a column of the matrix of kernels",
        check=checks.filters_become_columns,
    ),
    Row(
        "zhang-6.20",
        "6.2.2",
        "step 3: the product plus the bias is the convolution, for all sizes; row by row and for every "
        "stride, padding and dilation: im2col_product.product#claim",
        by="im2col_of_the_source.product#claim",
    ),
    Row(
        "zhang-6.2.2-f",
        "6.2.2",
        "not said in the source: patches, kernels and the last reshape must count in the same order "
        "(im2col_of_the_source.product#claim has 6.18 and 6.19 throughout)",
        check=checks.orders_must_agree,
    ),
    Row(
        "zhang-6.2.2-c",
        "6.2.2",
        "step 4: the product, reshaped, is the output of the layer",
        check=checks.product_becomes_maps,
    ),
    Row(
        "zhang-6.2.2-d",
        "6.2.2",
        "H_l W_l F1 F2 entries for each map of the input (patch_copies.total#claim): F1 F2 copies of an "
        "entry inside, F2 on an edge (patch_copies.edge#claim), one in a corner "
        "(patch_copies.corner#claim); one at most if the stride is not below the window "
        "(windows_apart.once#claim)",
        by="patch_copies.interior#claim",
        printed=Printed(
            "every element of X occurs in the patch matrix several times",
            "entries inside occur F1 F2 times, those in a corner once; with S >= F each at most once",
            "author",
            printed.several_times,
        ),
    ),
    Row(
        "zhang-6.2.2-e",
        "6.2.2",
        "backward by im2col: the kernels by a product (im2col_gradients.dw#claim), the input by a product "
        "whose entries are added up where the copies came from; sum pooling needs no product "
        "(im2col_of_the_source.pooling#claim)",
        by="im2col_gradients.dx#claim",
    ),
)

MATLAB = (
    Row(
        "bouvrie-3.4-a",
        "3.4",
        "where the time goes: sampling down forward, sampling up backward, the sigmoid and its slope",
        not_checkable="reports timings of one MATLAB program of 2006 on a machine that is not named",
    ),
    Row(
        "bouvrie-3.4-b",
        "3.4",
        "imresize samples up slowly, and has no sum of blocks for the way down",
        not_checkable="speaks of a function of MATLAB, which is no part of this project",
    ),
    Row(
        "bouvrie-3.4-c",
        "3.4",
        "up by the Kronecker product with ones on the right (kronecker.block#claim, "
        "upsample2d.kronecker#claim); with ones on the left it tiles (kronecker.tiles#claim)",
        by="kronecker.up#claim",
        printed=Printed(
            "Kronecker product of a matrix of ones with the matrix to be sampled up",
            r"\mathrm{kron}(x,\mathrm{ones}(n))\text{: the map first}",
            "reteller",
            printed.ones_on_the_left,
            within="kronecker",
        ),
    ),
    Row(
        "bouvrie-3.4-d",
        "3.4",
        "down by a convolution with ones of which every n-th sample is kept, if it is the valid part",
        by="matlab_sampling.sampled#claim",
        printed=Printed(
            "convolve with ones(2), then y = x(1:2:end, 1:2:end); the part of the convolution is not named",
            "the 'valid' part, in every language; the default of conv2, 'full', starts one sample too early, "
            "so does SciPy's 'same'; MATLAB's 'same' is right for n = 2 alone",
            "reteller",
            printed.every_second_sample,
        ),
    ),
    Row(
        "bouvrie-3.4-e",
        "3.4",
        "the slope of the sigmoid, written out: y (1 - y); of tanh: 1 - y^2 (tanh.slope#value). That inline "
        "functions are slower is said of MATLAB",
        by="sigmoid.slope#value",
    ),
)

ROWS: tuple[Row, ...] = (*LOOPS, *IM2COL, *MATLAB)

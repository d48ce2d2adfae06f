"""Chapter implementation, 002 section 6.2.1: convolution by the Fourier transform.

The transform of the source is the one that its FFT computes, the discrete one.
"""

from cnnmath.ledger import implementation_fourier_checks as checks
from cnnmath.ledger import implementation_fourier_printed as printed
from cnnmath.ledger.row import Printed, Row

FOURIER = (
    Row(
        "zhang-6.13",
        "6.2.1",
        "convolution theorem of the discrete transform: products of spectra belong to the convolution that "
        "goes round in a circle (and back: circular_convolution.inverse#circular)",
        by="circular_convolution.theorem#product",
        printed=Printed(
            r"\mathfrak F(f*g)=\mathfrak F(f)\cdot\mathfrak F(g)",
            r"\text{so for the convolution over all of the line; the transform of an FFT wants }f"
            r"\text{ and }g\text{ of one length }L\text{, and gives the circular one. Padded with zeros to }"
            r"L\ge n+m-1"
            r"\text{ that is the linear one (linear_convolution.padded#linear)}",
            "author",
            printed.circle_for_a_line,
        ),
    ),
    Row(
        "zhang-6.13-b",
        "6.2.1",
        "not printed: with n and m entries, padded to L >= n + m - 1, nothing goes round",
        by="linear_convolution.padded#linear",
    ),
    Row(
        "zhang-6.14",
        "6.2.1",
        "the convolution layer: every map of the input counts, the kernel is not turned",
        by="conv2d.z#definition",
    ),
    Row(
        "zhang-6.15",
        "6.2.1",
        "the layer through spectra: X in its border of zeros, kernels conjugated and padded, summed over "
        "the channels, the first entries kept; without a border X needs no padding "
        "(valid_correlation.crop#valid). Gradients: fourier_input_gradient.dx#fourier, "
        "fourier_kernel_gradient.dw#fourier",
        by="fourier_layer.z#layer",
        printed=Printed(
            r"\mathfrak F^{-1}(\mathfrak F(\mathbf X)\odot\mathfrak F(\mathbf W_{d_l}))+b_{d_l}",
            r"\mathrm{crop}\,\mathfrak F^{-1}\Bigl(\sum_d\mathfrak F(\mathbf X_d)\odot"
            r"\overline{\mathfrak F(\mathrm{pad}\,\mathbf W_{d,d_l})}\Bigr)+b_{d_l}\text{: the conjugate, "
            r"since the layer correlates; the kernel padded to the size of }\mathbf X\text{; the sum over "
            r"the channels; the first }H_l\times W_l\text{ entries}",
            "author",
            printed.spectra_as_printed,
        ),
    ),
    Row(
        "zhang-6.2.1-a",
        "6.2.1",
        "the fast transform needs N/2 lg N multiplications by roots, the sum N^2 (lengths that are powers "
        "of 2)",
        check=checks.halving_against_the_sum,
    ),
    Row(
        "zhang-6.2.1-b",
        "6.2.1",
        "transforms pay for large kernels, hardly for 3 x 3: their cost does not depend on the kernel, the "
        "sum's grows with its area",
        check=checks.kernels_that_pay,
    ),
    Row(
        "zhang-6.2.1-c",
        "6.2.1",
        "with stride S the transform still computes every place, of which 1 in S^2 is kept",
        check=checks.places_thrown_away,
    ),
    Row(
        "zhang-6.2.1-d",
        "6.2.1",
        "in two dimensions: the columns first, then the rows, or the other way "
        "(rows_of_columns.both#rows-first)",
        by="rows_of_columns.both#columns-first",
    ),
)

ROWS: tuple[Row, ...] = FOURIER

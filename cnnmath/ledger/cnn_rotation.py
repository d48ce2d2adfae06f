"""Rows of document 001 on convolution, in its order; it has two headings, and numbered images.

Images are lost in the file; what stands there is taken from the text and from the author's pages.
Its convolutions turn the kernel; 001 has one map per layer, the lines have as many as there are.
"""

from cnnmath.ledger import cnn_notes_checks as checks
from cnnmath.ledger import cnn_notes_formulas as formulas
from cnnmath.ledger import cnn_notes_printed as printed
from cnnmath.ledger.row import Printed, Row

PICTURE = (
    Row(
        "rot180-13-b",
        "title",
        "why backward turns the kernel: the later places i' that saw x[u] did so by the kernel entry "
        "i' + P - 1 - u, which grows with i' and falls with u; written as a convolution over the kernel, "
        "that is the kernel from its end (conv_delta.delta#rot180)",
        by="conv_delta.delta#sift",
    ),
    Row(
        "rot180-1-a",
        "image 1",
        "delta of a map: f' times conv2 of the later delta with the turned kernel, 'full', added up over "
        "the maps above (the image has one)",
        by="conv_delta.delta#rot180",
        printed=Printed(
            "delta_j = delta_(j+1) * rot180(k_(j+1)) times the activation function of layer j (in words)",
            r"\delta_i^{l}=f'(u_i^{l})\circ\sum_{j:\,i\in M_j}"
            r"\mathrm{conv2}(\delta_j^{l+1},\mathrm{rot180}(k_{ij}^{l+1}),\text{'full'})"
            r"\text{: the DERIVATIVE of the activation; } l \text{ counts layers, } i,j \text{ maps}",
            "author",
            formulas.activation_for_slope,
            within="conv_delta",
        ),
        reconstructed=True,
    ),
    Row(
        "rot180-1-b",
        "image 1",
        "a convolution is a correlation with the turned kernel; so forward a convolution, backward a "
        "correlation with the same kernel (true_convolution.dx#correlation)",
        by="true_convolution.forward#rotated",
    ),
    Row(
        "rot180-3-a",
        "image 3",
        "the layer is a dense one with windows and shared weights: 4 outputs, 4 connections each, 4 "
        "weights (rotation_picture.output#written; any layer: conv_matrix.entry#claim)",
        check=checks.picture_as_dense_layer,
        reconstructed=True,
    ),
    Row(
        "rot180-5-a",
        "image 5",
        "delta of the first node: one connection",
        by="rotation_picture.x11#connections",
    ),
    Row(
        "rot180-5-b",
        "image 5",
        "delta of the second node: two connections; all nine are lines of rotation_picture",
        by="rotation_picture.x12#connections",
    ),
    Row(
        "rot180-6-a",
        "image 7",
        "delta of the map below: conv2(delta, rot180(w), 'full')",
        by="true_convolution.dx#conv2-full",
        printed=Printed(
            "delta convolved with the turned kernel",
            "the mode must be said: 'full', with a border of zeros",
            "author",
            printed.border_not_said,
        ),
    ),
    Row(
        "rot180-7-a",
        "image 7",
        "either convention: after a correlation backward correlates with the turned kernel (and so "
        "convolves, conv_layer.dx#reflect); after a convolution it convolves with it "
        "(true_convolution.dx#conv2-full)",
        by="conv_layer.dx#full-correlation",
    ),
)

THEORY = (
    Row(
        "rot180-8-c",
        "theory",
        "forward pass as a double sum; place x is i + P - 1, so that x - a runs over the window",
        by="conv_delta.above#definition",
        printed=Printed(
            r"z_{x,y}^{l+1}=\sum_a\sum_b w_{a,b}^{l+1}\sigma(z_{x-a,y-b}^{l})+b_{x,y}^{l+1}"
            r"\text{, by the convolution theorem a correlation}",
            r"z_{x,y}^{l+1}=\sum_{a,c}w_{a,c}^{l+1}\sigma(z_{x-a,y-c}^{l})+b^{l+1}"
            r"\text{: convolution by its definition (the theorem is on Fourier transforms); one bias a map}",
            "author",
            printed.double_sum,
        ),
        reconstructed=True,
    ),
    Row(
        "rot180-9-a",
        "theory",
        "chain rule over all places of the maps above",
        by="conv_delta.delta#chain-rule",
        printed=Printed(
            "take the reciprocal of the error for layer l",
            "take the derivative; the Chinese words sound alike",
            "author",
            formulas.reciprocal,
            within="conv_delta",
        ),
        reconstructed=True,
    ),
    Row(
        "rot180-10-a",
        "theory",
        "the forward pass inserted",
        by="conv_delta.delta#chain-rule",
        claim=formulas.inserted_forward_pass,
        reconstructed=True,
    ),
    Row(
        "rot180-11-b",
        "theory",
        "which terms are left: those with x = x' - a and y = y' - b",
        by="conv_delta.delta#sift",
        claim=formulas.matching_terms,
        printed=Printed(
            "x = x' - a and y = y' - a",
            "x = x' - a and y = y' - b, as two lines below",
            "author",
            formulas.one_letter_twice,
            within="conv_delta",
        ),
    ),
    Row(
        "rot180-11-a",
        "theory",
        "the matching terms",
        by="conv_delta.delta#sift",
        claim=formulas.matching_terms,
        reconstructed=True,
    ),
    Row(
        "rot180-14-a",
        "theory",
        "with a = x' - x, b = y' - y: a correlation of the later delta with the kernel",
        by="conv_delta.delta#sift",
        reconstructed=True,
    ),
    Row(
        "rot180-12-a",
        "theory",
        "the same as a convolution with the reflected kernel",
        by="conv_delta.delta#rot180",
        reconstructed=True,
    ),
    Row(
        "rot180-12-b",
        "theory",
        "two quarter turns reverse rows and columns; counted from the middle, both indices change sign",
        by="half_turn.reversed#claim",
    ),
    Row(
        "rot180-13-c",
        "theory",
        "kernel gradient, first steps: chain rule and forward pass of layer l, which is made of layer l-1",
        by="conv_delta.dw#sift",
        claim=formulas.weight_steps,
        printed=Printed(
            r"\sigma(z_{x-a',y-b'}^{l})",
            r"\sigma(z_{x-a',y-b'}^{l-1})\text{, as in the next step of the image}",
            "author",
            formulas.own_layer,
            within="conv_delta",
        ),
        reconstructed=True,
    ),
    Row(
        "rot180-13-a",
        "theory",
        "kernel gradient: conv2(rot180(sigma(z)), delta, 'valid'), in this order",
        by="conv_delta.dw#sift",
        claim=formulas.turned_activation,
        printed=Printed(
            "the correlation of delta with the map below",
            "which slides over which must be said: with delta sliding over the map, the result is still "
            "to be turned by 180 degrees",
            "author",
            formulas.unturned_correlation,
            within="conv_delta",
        ),
        reconstructed=True,
    ),
)

ROWS: tuple[Row, ...] = (*PICTURE, *THEORY)

"""Chapter subsampling_combinations: 000, sections 3.1.1 to 3.3.1, in its order.

Its formula images are lost; its convolutions are those of MATLAB's conv2, which turns the kernel.
"""

from cnnmath.ledger import subsampling_checks as checks
from cnnmath.ledger import subsampling_printed as printed
from cnnmath.ledger.row import Printed, Row

SUBSAMPLING = (
    Row(
        "bouvrie-3.1.1-a",
        "3.1.1",
        "up is the transpose of down; a pixel of the subsampled map belongs to a block below, and each "
        "pixel below feeds exactly one above (down_up.one_above#claim)",
        by="down_up.adjoint#regroup",
    ),
    Row(
        "bouvrie-3.1.1-b",
        "3.1.1",
        "the recursion: each sensitivity above times its own weight, then the sum, then f'",
        by="backprop_step.db#delta",
        printed=Printed(
            "sum the sensitivities of the next layer, then multiply by the weights of these connections",
            r"\delta_j=f'(u_j)\sum_k w_{kj}\delta_k\text{: weighted first, then summed}",
            "reteller, as in the 2006 paper",
            printed.sum_before_weights,
            within="backprop_step",
        ),
    ),
    Row(
        "bouvrie-3.1.1-c",
        "3.1.1",
        "sensitivity of a convolution layer below a subsampling layer: beta (f'(u) up(delta)), elementwise",
        by="conv_below_subsampling.delta#up",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.1.1-d",
        "3.1.1",
        "up is the Kronecker product with a block of ones: the block of a pixel holds its copies "
        "(upsample2d.block#claim)",
        by="upsample2d.kronecker#claim",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.2-a",
        "3.2",
        "as many maps out as in, each n times smaller; n must divide the size, which the document leaves "
        "out",
        check=checks.as_many_maps_n_times_smaller,
    ),
    Row(
        "bouvrie-3.2-b",
        "3.2",
        "the layer: f of the block sums, times the factor beta of the map, plus its bias b",
        by="subsampling_layer.y#definition",
        claim=printed.subsampled_map,
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.2.1-a",
        "3.2.1",
        "below a fully connected layer the sensitivities of the subsampling layer come from the recursion "
        "of section 2, over the units of all its maps (through the weights of the layer above, in the "
        "shape of the maps: dense_on_maps.dx#sift)",
        by="backprop_step.db#delta",
        printed=Printed(
            "if the next convolution layer is fully connected with this subsampling layer, use BP",
            "if the layer that follows the subsampling layer is a fully connected layer; a convolution that "
            "sees every map still does not connect every pair of units",
            "reteller",
            printed.sees_every_map,
        ),
    ),
    Row(
        "bouvrie-3.2.1-b",
        "3.2.1",
        "sensitivity of a subsampling layer below a convolution: f' times the full convolutions with the "
        "turned kernels, added up over the maps above (the image has one)",
        by="conv_delta.delta#rot180",
        printed=Printed(
            r"\delta_j^{l}=f'(u_j^{l})\circ"
            r"\mathrm{conv2}(\delta_j^{l+1},\mathrm{rot180}(k_j^{l+1}),\text{'full'})",
            r"\delta_i^{l}=f'(u_i^{l})\circ\sum_{j:\,i\in M_j}"
            r"\mathrm{conv2}(\delta_j^{l+1},\mathrm{rot180}(k_{ij}^{l+1}),\text{'full'})"
            r"\text{: all maps above that see map } i",
            "2006 paper",
            printed.one_map_above,
            within="conv_delta",
        ),
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.2.1-f",
        "3.2.1",
        "'full' fills what is missing at the border with zeros: it is 'valid' on the padded map; with the "
        "turned kernel conv2 correlates (true_convolution.forward#rotated)",
        by="full_by_padding.full#claim",
    ),
    Row(
        "bouvrie-3.2.1-c",
        "3.2.1",
        "the additive bias gets the sum of its sensitivity map",
        by="subsampling_layer.db#sift",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.2.1-d",
        "3.2.1",
        "the block sums of the forward pass are kept: d = down(x)",
        by="subsampling_layer.d#definition",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.2.1-e",
        "3.2.1",
        "the factor beta gets the sum of delta times d, elementwise",
        by="subsampling_layer.dbeta#sift",
        reconstructed=True,
    ),
)

COMBINATIONS = (
    Row(
        "bouvrie-3.3-a",
        "3.3",
        "an output map is f of a mixture of filtered input maps plus its bias; one kernel per input map",
        by="learned_combination.maps#definition",
        claim=printed.mixed_map,
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.3-b",
        "3.3",
        "the constraints, met by the softmax: sum 1, no weight below 0 "
        "(mixture_weights.positive#not-negative) and none above 1 (mixture_weights.rest#claim, "
        "mixture_weights.at_most_one#not-negative)",
        by="mixture_weights.sum#claim",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.3-c",
        "3.3",
        "the weights are a softmax, over the input maps, of numbers that are free",
        by="mix_maps.alpha#definition",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.3-d",
        "3.3",
        "the numbers c of one output map move the weights of no other: j may be left out",
        by="mix_maps.independent#rows",
    ),
    Row(
        "bouvrie-3.3-e",
        "3.3",
        "derivative of the softmax; delta is the Kronecker symbol, no sensitivity",
        by="mixture_weights.jacobian#softmax",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.3-f",
        "3.3",
        "gradient of a weight of the mixture: delta times the filtered map, added up over the map",
        by="learned_combination.dalpha#sift",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.3-g",
        "3.3",
        "gradient of the hidden numbers: chain rule, every weight depends on every number; then the "
        "Jacobian (with all maps at once: mix_maps.dlogits#sift)",
        by="mixture_weights.dh#sift",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.3-h",
        "3.3",
        "not in the source but needed: a kernel serves all output maps, each with its weight, and so "
        "does an input map (learned_combination.dx#shared)",
        by="learned_combination.dk#shared",
        claim=printed.turned_back,
    ),
    Row(
        "bouvrie-3.3-i",
        "3.3",
        "why the softmax meets the constraints: e^c > 0 (mixture_weights.positive#not-negative), and what is "
        "divided by its sum has the sum 1",
        by="mixture_weights.sum#claim",
        printed=Printed(
            "the softmax enforces the constraints because it is exponential in its argument, so that the "
            "rates of change differ",
            r"e^c>0\text{, and the division by the sum makes the total 1; rates of change play no part: any "
            r"positive function does it}",
            "reteller",
            printed.another_positive_function,
        ),
    ),
    Row(
        "bouvrie-3.3-j",
        "3.3",
        "output maps that sum convolutions of several input maps are usually better",
        check=checks.several_maps_against_one,
    ),
)

SPARSE = (
    Row(
        "bouvrie-3.3.1-a",
        "3.3.1",
        "the cost with a penalty on the absolute values of the weights. On softmax weights it is a "
        "constant (softmax_l1.value#constant), and it moves nothing (softmax_l1.dh#zero)",
        by="softmax_l1.cost#definition",
        claim=printed.penalised_cost,
        printed=Printed(
            r"\text{to make }\alpha\text{ sparse: }\tilde{E}^n=E^n+\lambda\sum_{i,j}|\alpha_{ij}|",
            r"\Omega\equiv\lambda N_{out}\text{ on the softmax simplex, gradient }0\text{: it makes nothing "
            r"sparse. An entropy penalty does, }\lambda\sum_j H(\alpha_{\cdot j})\text{ with }"
            r"H=-\sum_i\alpha_i\log\alpha_i\text{ and }"
            r"\frac{\partial H}{\partial c_i}=-\alpha_i(\log\alpha_i+H)\text{ "
            r"(softmax_entropy.dh#entropy); or the absolute values of weights that no softmax ties to the "
            r"sum 1}",
            "2006 paper",
            printed.tells_nothing_apart,
        ),
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.3.1-b",
        "3.3.1",
        "derivative of the penalty by a weight that is free; on softmax weights the sign is always 1 "
        "(softmax_l1.value#positive)",
        by="l1_penalty.da#sift",
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.3.1-c",
        "3.3.1",
        "chain rule to the hidden numbers: right, and 0 whatever they are (softmax_l1.dh#zero)",
        by="softmax_l1.dh#published",
        printed=Printed(
            "a contribution of its own to the gradient",
            r"\lambda(|\alpha_i|-\alpha_i\sum_k|\alpha_k|)=\lambda(\alpha_i-\alpha_i\cdot 1)=0",
            "2006 paper",
            printed.nothing_added,
        ),
        reconstructed=True,
    ),
    Row(
        "bouvrie-3.3.1-d",
        "3.3.1",
        "gradient with the penalty: the two parts added up, and so the gradient without it "
        "(softmax_l1.total#unchanged)",
        by="softmax_l1.total#fit",
        reconstructed=True,
    ),
)

ROWS: tuple[Row, ...] = (*SUBSAMPLING, *COMBINATIONS, *SPARSE)

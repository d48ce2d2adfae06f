"""Derivations that belong to no single op, one file per topic."""

from cnnmath.results.activations import activation_facts, elu_slope, relu_kink
from cnnmath.results.adaptive_rates import adagrad_sum, adam_step, rmsprop_start, rmsprop_step
from cnnmath.results.backpropagation import (
    affine_collapse,
    backprop_step,
    output_layer,
    relu_layer,
    two_layer_net,
)
from cnnmath.results.centring import centring
from cnnmath.results.chain_rule import chain_rule_net, error_split
from cnnmath.results.cnn_notes_statements import (
    activated_layer,
    edge_filter,
    even_kernel,
    half_size,
    half_turn,
    odd_kernel,
    rotation_picture,
    selected_maps,
    shared_connections,
    shared_weights,
)
from cnnmath.results.cnn_statements import (
    connections,
    kept_size,
    larger_stride,
    relu_on_maps,
    strided_gradient,
    strided_layer,
    unit_stride,
    whole_window,
    window_size,
)
from cnnmath.results.combinations import (
    learned_combination,
    mixture_weights,
    softmax_entropy,
    softmax_impurity,
    softmax_l1,
)
from cnnmath.results.conv_delta import conv_delta
from cnnmath.results.convexity import linear_boundary, softmax_convexity
from cnnmath.results.convolution import conv_layer, conv_strided_input
from cnnmath.results.dense_view import conv_matrix, dense_on_maps, stacked_convolutions
from cnnmath.results.descent import steepest_descent
from cnnmath.results.dropout import dropout_ensemble, dropout_sum, dropout_unit
from cnnmath.results.feedforward import (
    deep_net,
    gaussian_kernel,
    neuron,
    relu_stack,
    same_midpoint,
)
from cnnmath.results.fourier import (
    circular_convolution,
    fourier_input_gradient,
    fourier_kernel_gradient,
    fourier_layer,
    fourier_transform,
    linear_convolution,
    rows_of_columns,
    valid_correlation,
)
from cnnmath.results.im2col import im2col_gradients, im2col_of_the_source, im2col_product
from cnnmath.results.initialisation import (
    equal_units,
    relu_halves,
    relu_zero_start,
    variance_step,
    zero_start,
)
from cnnmath.results.kronecker import kronecker
from cnnmath.results.likelihood import maximum_likelihood
from cnnmath.results.mixed_radix import column_major_places, row_major_places
from cnnmath.results.momentum import look_ahead, momentum_sum
from cnnmath.results.moving_average import expected_average, moving_average
from cnnmath.results.network_loss import (
    delta_rule,
    network_objective,
    sensitivity,
    softmax_net,
    squared_error_facts,
)
from cnnmath.results.patch_copies import patch_copies, windows_apart
from cnnmath.results.pooling import (
    larger_of_two,
    max_pool_blocks,
    mean_pool_blocks,
    sum_pool_blocks,
)
from cnnmath.results.record import Result
from cnnmath.results.scores import class_probability, row_view
from cnnmath.results.size_rules import (
    size_rule,
    tensorflow_same,
    tensorflow_sizes,
    unit_stride_size,
)
from cnnmath.results.softmax_rule import softmax_batch, softmax_error, softmax_sample
from cnnmath.results.softmax_shift import softmax_shift
from cnnmath.results.stable_softmax import stable_softmax
from cnnmath.results.subsampling import (
    conv_below_subsampling,
    down_up,
    full_by_padding,
    matlab_sampling,
    subsampling_layer,
)
from cnnmath.results.translation import strided_translation, translation
from cnnmath.results.true_convolution import full_convolution, true_convolution
from cnnmath.results.uniqueness import conserved_sums, parameter_shift, spread_weights
from cnnmath.results.winograd import (
    winograd_adjoint,
    winograd_cover,
    winograd_row,
    winograd_tile,
    winograd_turned,
)

RESULTS: tuple[Result, ...] = (
    Result(row_view, "zhang-3.6"),
    Result(class_probability, "zhang-3.9"),
    Result(maximum_likelihood, "zhang-3.10"),
    Result(parameter_shift, "zhang-3.3.2-a"),
    Result(spread_weights, "zhang-3.3.2-c"),
    Result(conserved_sums, "zhang-3.47-b"),
    Result(steepest_descent, "zhang-3.33"),
    Result(softmax_error, "zhang-3.47"),
    Result(softmax_sample, "zhang-3.48"),
    Result(softmax_batch, "zhang-3.37"),
    Result(softmax_shift, "zhang-6.10"),
    Result(softmax_convexity, "zhang-4.1.1-b"),
    Result(linear_boundary, "zhang-3.2.3-a"),
    Result(same_midpoint, "zhang-4.1.5-a"),
    Result(gaussian_kernel, "zhang-4.1.3-a"),
    Result(deep_net, "zhang-4.1"),
    Result(affine_collapse, "zhang-4.2.1-b"),
    Result(neuron, "chain-1-b"),
    Result(relu_stack, "zhang-4.15"),
    Result(activation_facts, "bouvrie-2.1-f"),
    Result(relu_kink, "ng-1.11-a"),
    Result(elu_slope, "ng-1.11-d"),
    Result(squared_error_facts, "bouvrie-2.1-c"),
    Result(sensitivity, "bouvrie-2.2-a"),
    Result(output_layer, "bouvrie-2.2-c"),
    Result(backprop_step, "bouvrie-2.2-b"),
    Result(relu_layer, "zhang-4.34"),
    Result(two_layer_net, "chain-4-m"),
    Result(softmax_net, "zhang-4.29"),
    Result(network_objective, "zhang-4.22"),
    Result(delta_rule, "bouvrie-2.2-e"),
    Result(chain_rule_net, "chain-4-b"),
    Result(error_split, "chain-3-a"),
    Result(dense_on_maps, "zhang-5.8"),
    Result(conv_matrix, "zhang-5.2.1-c"),
    Result(size_rule, "zhang-5.14"),
    Result(unit_stride_size, "zhang-5.16"),
    Result(tensorflow_sizes, "ng-1.4-c"),
    Result(tensorflow_same, "ng-1.4-d"),
    Result(conv_layer, "zhang-5.25"),
    Result(conv_strided_input, "zhang-5.4.1-c"),
    Result(true_convolution, "rot180-1-b"),
    Result(full_convolution, "bouvrie-3.1.1-i"),
    Result(conv_delta, "rot180-1-a"),
    Result(larger_of_two, "zhang-5.30"),
    Result(max_pool_blocks, "zhang-5.35"),
    Result(mean_pool_blocks, "ng-1.8-d"),
    Result(sum_pool_blocks, "ng-1.8-e"),
    Result(translation, "ng-1.10-d"),
    Result(strided_translation, "zhang-5.13-d"),
    Result(stacked_convolutions, "zhang-5.2.1-c"),
    Result(down_up, "bouvrie-3.1.1-a"),
    Result(conv_below_subsampling, "bouvrie-3.1.1-c"),
    Result(subsampling_layer, "bouvrie-3.2.1-e"),
    Result(full_by_padding, "bouvrie-3.2.1-f"),
    Result(matlab_sampling, "bouvrie-3.2-a"),
    Result(mixture_weights, "bouvrie-3.3-e"),
    Result(learned_combination, "bouvrie-3.3-a"),
    Result(softmax_l1, "bouvrie-3.3.1-c"),
    Result(softmax_entropy, "bouvrie-3.3.1-a"),
    Result(softmax_impurity, "bouvrie-3.3.1-a"),
    Result(shared_weights, "bouvrie-3.1.1-f"),
    Result(shared_connections, "bouvrie-1-a"),
    Result(selected_maps, "bouvrie-3.1-a"),
    Result(rotation_picture, "rot180-5-a"),
    Result(half_turn, "rot180-12-b"),
    Result(activated_layer, "ng-1.1.2-c"),
    Result(odd_kernel, "ng-1.1.2-a"),
    Result(even_kernel, "ng-1.1.2-a"),
    Result(edge_filter, "ng-1.2-b"),
    Result(half_size, "ng-1.8-b"),
    Result(connections, "zhang-5.2.1-g"),
    Result(kept_size, "zhang-5.18"),
    Result(larger_stride, "zhang-5.13-d"),
    Result(relu_on_maps, "zhang-5.4-a"),
    Result(strided_gradient, "zhang-5.4.1-c"),
    Result(strided_layer, "zhang-5.13"),
    Result(unit_stride, "zhang-5.13-c"),
    Result(whole_window, "zhang-5.8"),
    Result(window_size, "zhang-5.14"),
    Result(stable_softmax, "zhang-6.11"),
    Result(column_major_places, "zhang-6.18"),
    Result(row_major_places, "zhang-6.19-b"),
    Result(im2col_of_the_source, "zhang-6.20"),
    Result(im2col_product, "zhang-6.20"),
    Result(im2col_gradients, "zhang-6.2.2-e"),
    Result(patch_copies, "zhang-6.2.2-d"),
    Result(windows_apart, "zhang-6.2.2-d"),
    Result(kronecker, "bouvrie-3.4-c"),
    Result(dropout_unit, "zhang-6.4-a"),
    Result(dropout_sum, "zhang-6.4-b"),
    Result(dropout_ensemble, "zhang-6.4-c"),
    Result(centring, "zhang-6.25"),
    Result(equal_units, "zhang-6.6-b"),
    Result(zero_start, "zhang-6.6-b"),
    Result(relu_zero_start, "zhang-6.6-b"),
    Result(variance_step, "zhang-6.6-c"),
    Result(relu_halves, "zhang-6.6-c"),
    Result(fourier_transform, "zhang-6.13"),
    Result(circular_convolution, "zhang-6.13"),
    Result(linear_convolution, "zhang-6.13-b"),
    Result(valid_correlation, "zhang-6.15"),
    Result(rows_of_columns, "zhang-6.2.1-d"),
    Result(fourier_layer, "zhang-6.15"),
    Result(fourier_input_gradient, "zhang-6.15"),
    Result(fourier_kernel_gradient, "zhang-6.15"),
    Result(winograd_row, "zhang-6.14"),
    Result(winograd_tile, "zhang-6.14"),
    Result(winograd_cover, "zhang-6.14"),
    Result(winograd_turned, "zhang-6.14"),
    Result(winograd_adjoint, "zhang-6.14"),
    Result(rmsprop_step, "zhang-6.23"),
    Result(rmsprop_start, "zhang-6.3-a"),
    Result(moving_average, "zhang-6.22"),
    Result(expected_average, "zhang-6.3-c"),
    Result(momentum_sum, "zhang-6.3-c"),
    Result(look_ahead, "zhang-6.3-c"),
    Result(adagrad_sum, "zhang-6.3-c"),
    Result(adam_step, "zhang-6.3-c"),
)

__all__ = ["RESULTS", "Result"]

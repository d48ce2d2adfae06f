# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Subsampling that learns, and maps that choose
#
# In 2006 J. Bouvrie wrote down how to train a convolutional network, in a few pages that many people
# have learnt from. Two ideas in them have left the textbooks. Pooling there has *parameters*. And the
# question which maps a map should look at is put to gradient descent, with a penalty that is to make
# the answer *sparse*. The formulas are lost as images in the retelling that we have. This page derives
# them again, checks them, and finds that one of the two ideas cannot work as published.
#
# **What you will do.** Follow gradients through block sums with two knobs. Compute `up` in four ways.
# Train a network as it was done in the 1990s. Let a network choose its maps. Watch a penalty do
# exactly nothing, prove that it never does anything, understand why, and repair it.
#
# **What you will learn.** Trainable *subsampling* (下采样, 子采样) and its adjoint, *upsampling*
# (上采样), as a *Kronecker product* (克罗内克积); the sensitivities between convolution and subsampling
# layers; the *softmax* as a way to weights that sum to 1; *sparsity* (稀疏性), L1, entropy (熵) and
# impurity (不纯度).
#
# **What you need.** Both pages of chapter 03, the softmax of chapter 01. One evening.

# %%
# %matplotlib inline
from dataclasses import replace

import numpy as np
import sympy

from cnnmath import conv2d, softmax, squared_error

# %%
from cnnmath.course.feature_maps import filters
from cnnmath.course.figures_mixing import (
    connection_table,
    entropies,
    on_the_triangle,
    subsampling_picture,
    weights_over_training,
)
from cnnmath.course.figures_mlp import by_layer
from cnnmath.course.present import expect, measured
from cnnmath.course.show import show
from cnnmath.course.sweeps import sweep
from cnnmath.course.symbolic import symbols
from cnnmath.data import load_digits

# %%
from cnnmath.nn import (
    LENET_C3,
    SGD,
    accuracy,
    bouvrie_net,
    fit,
    lenet5,
    loss_and_gradient,
    mixing_net,
    parameter_counts,
    predict,
)

# %%
from cnnmath.ops import (
    MIX_MAPS,
    SUBSAMPLE2D,
    UPSAMPLE2D,
    ShapeError,
    entropy_penalty,
    impurity_penalty,
    l1_penalty,
    mix_maps,
    rot180,
    subsample2d,
    upsample2d,
)
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.tie import Broken, tie
from cnnmath.proof.verdict import Refuted
from cnnmath.results.lookup import derivation

# %% [markdown]
# The letters, ours and Bouvrie's. (His formulas are images that the retelling has lost; what stands here
# is our reconstruction from its words, so no equation numbers.)
#
# | here | Bouvrie | what |
# |---|---|---|
# | `x[n,c,u,v]` | $x^{\ell-1}$ | maps that come in |
# | `beta[c]`, `b[c]` | $\beta_j$, $b_j$ | multiplicative and additive bias of a map |
# | `dz`, `delta` | $\delta$ | sensitivity: the gradient by what stands before the activation |
# | P, Q | $n$, $n$ | rows and columns of a block |
# | `alpha[o,c]` | $\alpha_{ij}$, with $i=c$, $j=o$ | weight of input map c in output map o |
# | `h[o,c]`, `logits[o,c]` | $c_{ij}$ | the free numbers behind the weights |
# | `strength` | $\lambda$ | how much a penalty counts |
#
# ## 1. A sum with two knobs
#
# Cut each map into blocks and add up each block. Multiply by a number that the map has learnt, add
# another one:

# %%
show("subsample2d.down#definition")

# %%
show("subsample2d.z#definition")

# %%
image = np.array([[1.0, 2, 0, 1], [3, 4, 1, 0], [0, 0, 2, 2], [1, 0, 2, 2]])
subsampling_picture(image, 0.5, -1, 2, dz=np.array([[8.0, 20], [4, 12]]))

# %% [markdown]
# With $\beta=1/(PQ)$ and $b=0$ this is the mean pooling of page 03b. (That is also where training
# starts in our layer; the source names no start.) An activation $f$ may follow, as a layer of its own.
# With a large $\beta$ behind a sigmoid, the layer asks "is there *any* ink in the block?"; with a small
# one it blurs. Two numbers per map, where a convolution of the same size would need $PQC+1$.
#
# What if the blocks do not fit? A map of 5x5 and blocks of 2x2:

# %%
five, one = np.arange(25.0).reshape(1, 1, 5, 5), np.ones(1)
expect(ShapeError, lambda: subsample2d(five, one, one, 2))
print(subsample2d(five, one, 0 * one, 2, crop=True)[0][0, 0])

# %% [markdown]
# The source does not say. Its formulas need $U=PI$; its program (section 4) leaves the last row and
# column out. The op wants to be told.
#
# ## 2. The way back is up
#
# In the picture above, look at `dx`: each gradient was copied to the whole block that it came from, times
# beta. The source calls that `up`. First the gradient by a pixel, from the definition. `E` is the
# pseudo-loss of chapter 03:

# %%
show("subsample2d.E#definition")

# %%
show("subsample2d.dx#blocks")

# %% [markdown]
# The brackets ask: is pixel `u, v` in block `i', j'`? Blocks do not overlap, so exactly one is left. Which
# one? Divide by the block size and round down:

# %%
show("subsample2d.dx#up")

# %% [markdown]
# The sums over blocks are gone, for all sizes at once: a rule that knows what a quotient with remainder
# is did it. With the name under which the program returns it:

# %%
show("subsample2d.dx#conclusion")

# %% [markdown]
# The two knobs are simpler. `beta` multiplies block sums, so keep them from the way forward
# ($d_j$ in the source):

# %%
show("subsample2d.dbeta#sift")

# %%
show("subsample2d.dbeta#conclusion")

# %%
show("subsample2d.db#chain-rule")

# %%
show("subsample2d.db#sift")

# %%
show("subsample2d.db#conclusion")

# %% [markdown]
# **The SymPy cell**: the program on letters, two 2x2 blocks. One entry of each gradient:

# %%
x, beta, b = symbols("x", 1, 1, 2, 4), symbols("beta", 1), symbols("b", 1)
dz = symbols("dz", 1, 1, 1, 2)
z, backward = subsample2d(x, beta, b, 2)
dx, dbeta, db = backward(dz)
E = (dz * z).sum().expression
by_sympy = sympy.diff(E, x[0, 0, 1, 2].expression)
print(by_sympy, "  difference:", by_sympy - dx[0, 0, 1, 2].expression)
by_sympy = sympy.diff(E, beta[0].expression)
print("dbeta, difference:", sympy.expand(by_sympy - dbeta[0].expression))
by_sympy = sympy.diff(E, b[0].expression)
print(by_sympy, "  difference:", by_sympy - db[0].expression)

# %% [markdown]
# **Break it.** Three slips that are easy to make: beta forgotten on the way back; the gradient *divided*
# among the block as for a mean; beta's gradient taken with what came out, not with the block sums.


# %%
def beta_forgotten(x, beta, b, size):
    z, backward = subsample2d(x, beta, b, size)
    return z, lambda dz: (upsample2d(dz, size)[0], *backward(dz)[1:])


def shared_out(x, beta, b, size):
    z, backward = subsample2d(x, beta, b, size)
    return z, lambda dz: (backward(dz)[0] / np.prod(size), *backward(dz)[1:])


def by_output(x, beta, b, size):
    z, backward = subsample2d(x, beta, b, size)
    return z, lambda dz: (backward(dz)[0], (dz * z).sum(axis=(0, 2, 3)), backward(dz)[2])


# %%
def check(op, wrong):
    expect(Broken, lambda: tie(replace(op, forward=wrong), op.cases[0], derivation(op.name)))


for wrong in (beta_forgotten, shared_out, by_output):
    check(SUBSAMPLE2D, wrong)

# %% [markdown]
# ### Four ways up
#
# `up` copies each entry to a block:

# %%
show("upsample2d.y#definition")

# %% [markdown]
# As a sum over all entries, of which the brackets leave one, it is the Kronecker product with a block of
# ones, which is how the source suggests to compute it:

# %%
show("upsample2d.kronecker#claim")

# %%
show("upsample2d.block#claim")

# %%
small, ones = np.array([[1.0, 2], [3, 4]]), np.ones((2, 3))
ups = {
    "upsample2d": upsample2d(small[None, None], (2, 3))[0][0, 0],
    "np.kron": np.kron(small, ones),
    "np.repeat": small.repeat(2, axis=0).repeat(3, axis=1),
    "the way back of down": subsample2d(np.ones((1, 1, 4, 6)), one, one, (2, 3))[1](
        small[None, None]
    )[0][0, 0],
}
print(ups["np.kron"])
print({name: np.array_equal(up, ups["np.kron"]) for name, up in ups.items()})

# %% [markdown]
# The last way is no accident. `up` is the *adjoint* (transpose, 转置) of `down`: weigh block sums with
# `y`, or weigh pixels with `up(y)`, it comes to the same.

# %%
show("down_up.adjoint#regroup")

# %% [markdown]
# So the gradient of `down` is `up`, and the gradient of `up` must be `down`:

# %%
show("upsample2d.dx#copies")

# %%
show("upsample2d.dx#down")

# %%
show("upsample2d.dx#conclusion")

# %%
x, dy = symbols("x", 1, 1, 1, 2), symbols("dy", 1, 1, 2, 4)
y, backward = upsample2d(x, 2)
by_sympy = sympy.diff((dy * y).sum().expression, x[0, 0, 0, 1].expression)
print(by_sympy, "  difference:", sympy.expand(by_sympy - backward(dy)[0][0, 0, 0, 1].expression))

# %%
for op in (SUBSAMPLE2D, UPSAMPLE2D):
    print(f"{op.name}: {tie(op, op.cases[0], derivation(op.name)).verdict}")

# %% [markdown]
# ## 3. Two borders
#
# Bouvrie's networks alternate: convolution, subsampling, convolution, subsampling. A *sensitivity*
# (灵敏度) has to cross two kinds of borders on its way down.
#
# ### From a subsampling layer down to a convolution
#
# Map c before its activation is `below`; the layer above adds up blocks of $f$ of it:

# %%
show("conv_below_subsampling.above#definition")

# %%
show("conv_below_subsampling.E#definition")

# %%
show("conv_below_subsampling.delta#blocks")

# %%
show("conv_below_subsampling.delta#up")

# %% [markdown]
# In the source's notation
# $\delta^{\ell}=\beta\,\bigl(f'(u^{\ell})\circ\mathrm{up}(\delta^{\ell+1})\bigr)$. The words before it are
# worth a warning. To get a unit's sensitivity, the retelling says, first add up the sensitivities of
# the next layer, *then* multiply by the weights. Two units above, weights 1 and 2, sensitivities 1
# and $-1$:

# %%
weights, above = np.array([1, 2]), np.array([1, -1])
print("weighted sum:", weights @ above, "  sum first:", weights.sum() * above.sum())

# %% [markdown]
# Here the slip is harmless, since each pixel has exactly one unit above it:

# %%
show("down_up.one_above#claim")

# %% [markdown]
# ### From a convolution down to a subsampling layer
#
# Now the other border. The source prints (we rebuild it from the MATLAB call that it describes) the
# full convolution with the turned kernel, times $f'$: for map $j$ below, with *the* sensitivity and
# *the* kernel of map $j$ above. But every map of a convolution layer that looked at map m has something
# to say to it:

# %%
show("conv_delta.above#definition")

# %%
show("conv_delta.C#definition")

# %%
show("conv_delta.delta#chain-rule")

# %%
show("conv_delta.delta#sift")

# %%
show("conv_delta.delta#rot180")

# %% [markdown]
# The sum over k' is what is missing. On numbers: one map below, two above, both with the kernel 1. The
# program, the sum, and the first map alone:

# %%
w = np.ones((2, 1, 1, 1))
_, backward = conv2d(np.zeros((1, 1, 1, 2)), w)
arrives = np.array([[[[1.0, 2]], [[10, 20]]]])
print(backward(arrives)[0].ravel(), arrives.sum(axis=1).ravel(), arrives[0, 0].ravel())

# %% [markdown]
# "Full" means: the sum reaches over the border, where `dz` has no entries. MATLAB fills in zeros. That
# this is the valid convolution of the bordered map takes one line:

# %%
show("full_by_padding.padded#definition")

# %%
show("full_by_padding.full#claim")

# %% [markdown]
# And at the layer itself, with its activation:

# %%
show("subsampling_layer.d#definition")

# %%
show("subsampling_layer.u#definition")

# %%
show("subsampling_layer.y#definition")

# %%
show("subsampling_layer.E#definition")

# %%
show("subsampling_layer.delta#definition")

# %%
show("subsampling_layer.dbeta#sift")

# %%
show("subsampling_layer.db#sift")

# %% [markdown]
# ## 4. Block sums by convolution
#
# For speed the source computes `down` in MATLAB as a convolution with ones, followed by taking every
# second row and column: `y = x(1:2:end, 1:2:end)`. Right? For blocks of P x Q, on maps that may
# have R1 and R2 rows and columns too many:

# %%
show("matlab_sampling.ones#definition")

# %%
show("matlab_sampling.sampled#claim")

# %% [markdown]
# Yes, with two conditions that the text leaves out. The convolution must be a *valid* one: a full one
# starts outside of the map, so all blocks are shifted. And a last row that fills no block is not an error
# there, it is dropped without a word.


# %%
def sampled(x, before, after):
    padded = np.pad(x, (before, after))[None, None]
    return conv2d(padded, np.ones((1, 1, 2, 2)))[0][0, 0][::2, ::2]


print("down: ", *subsample2d(image[None, None], one, 0 * one, 2)[0].ravel())
print("valid:", *sampled(image, 0, 0).ravel())
print("same: ", *sampled(image, 0, 1).ravel())
print("full: ", *sampled(image, 1, 1).ravel())

# %% [markdown]
# (For a kernel of two, MATLAB's `'same'` pads behind only, and its samples happen to be the block sums,
# too. With blocks of three they are not: exercise d.)
#
# ## 5. A network of the nineties
#
# Convolution and subsampling twice, $f$ after each, one affine map. *Squared error* on targets of
# $\pm1$, since cross-entropy was not yet the custom, and the *scaled tanh* $1.7159\tanh(2z/3)$
# (chapter 02), whose value at 1 is 1.

# %%
model = bouvrie_net()
print(*model.layers, sep="\n")
print("parameters:", *parameter_counts(model), " together", sum(parameter_counts(model)))

# %%
digits = load_digits(np.float64)
targets = 2 * np.eye(10)[digits.t_train] - 1
settings = {"optimiser": SGD(0.02, momentum=0.9), "batch_size": 16, "loss": squared_error}
run = fit(model, digits.x_train, targets, epochs=20, rng=np.random.default_rng(0), **settings)
found = accuracy(predict(model, run.params, digits.x_test), digits.t_test)
measured(found, 0.95, 1, digits=4, label="test accuracy")

# %% [markdown]
# Over five folds and two seeds (`benchmarks/classic_folds.py`): 98.2 % on average, the worst 96.7 %.
# What became of the knobs of the first subsampling layer? All eight started at $\beta=0.25$, the mean:

# %%
beta = run.params[2]["beta"]
measured(beta.max(), 0.4, 2, label="largest beta")
measured(beta.min(), -2, -0.2, label="smallest beta")
measured(np.abs(beta).min(), 0, 0.15, label="nearest to 0")

# %% [markdown]
# Some maps are now counted four times as much as in a mean, some are turned into their negative (the
# tanh is odd, so a sign can sit in the factor or in the kernel), and one is almost switched off. The
# eight kernels in front of them:

# %% tags=["loose-figure"]
filters(run.params[0]["w"])

# %% [markdown]
# ### And with sigmoids?
#
# The source has the sigmoid in mind as well. Its slope is at most 1/4, and there are five of them in
# this chain. The size of the gradients at the start, layer by layer:

# %%
sizes = {}
for name, low in (("scaled_tanh", -1), ("sigmoid", 0)):
    net = bouvrie_net(name)
    wanted = np.where(np.eye(10)[digits.t_train] == 1, 1.0, low)
    params = net.init(np.random.default_rng(0))
    _, grads = loss_and_gradient(net, params, digits.x_train, wanted, loss=squared_error)
    sizes[name] = [np.abs(g["w"]).mean() for g in grads if "w" in g]
ratio = {name: first / last for name, (first, _, last) in sizes.items()}
measured(ratio["scaled_tanh"] / ratio["sigmoid"], 200, 5000, label="how much more fades")

# %% tags=["loose-figure"]
by_layer(sizes, "mean |gradient| of w")

# %% [markdown]
# Through sigmoids, the gradient of the first kernels is about a thousand times smaller than that of the
# last layer. We did not get this
# variant to train: 15 epochs of gradient descent with momentum, at rates from 0.1 to 1, left it at the
# error of constant outputs. Chapter 02 has the reason (saturation, and means far from 0); the
# repairs of the nineties were careful rates per weight. The scaled tanh is one of them.
#
# ### LeNet-5, the classic one
#
# Its second convolution does not look at all maps. A table says who looks at whom: fewer parameters, and
# maps that are *forced* to differ.

# %%
connection_table(LENET_C3, 6)

# %%
classic = lenet5(classic=True)
pairs = sum(map(len, LENET_C3))
print(pairs, "pairs of", 16 * 6, " C3:", pairs * 25 + 16, "parameters")
print("LeNet-5:", *(n for n in parameter_counts(classic) if n))

# %% [markdown]
# 1,516 parameters for C3, as in the paper of 1998. (Our classic net ends in an affine layer where LeNet
# had distances to drawn bitmaps; the docstring of `classic_lenet5` lists all such differences. On the
# digits, enlarged threefold, it reaches 98.6 % over the same folds.)
#
# Who made this table? A person, by hand. That is the next question.
#
# ## 6. Maps that choose
#
# Let output map o be a *mixture* of all filtered input maps, and learn the mixture. Each input map has one
# kernel, and all output maps share it:

# %%
show("learned_combination.filtered#definition")

# %%
show("learned_combination.out#definition")

# %%
show("learned_combination.maps#definition")

# %% [markdown]
# (In the text: $x_j=f\bigl(\sum_i\alpha_{ij}(x_i*k_i)+b_j\bigr)$.) What are the gradients? Of a weight:
# how well does the filtered map fit what the output map wants?

# %%
show("learned_combination.E#definition")

# %%
show("learned_combination.dalpha#sift")

# %% [markdown]
# The source stops there. But who trains the kernels? Each serves *all* output maps, and hears from all:

# %%
show("learned_combination.dk#shared")

# %%
show("learned_combination.dx#shared")

# %% [markdown]
# On numbers: two input maps, two output maps, all weights 1/2. The layers that we train (one kernel per
# map, then a mixture) against the formula for `dk`:

# %%
rng = np.random.default_rng(4)
x4, k4 = (rng.integers(-9, 10, s) + 0.0 for s in ((2, 5, 5), (2, 3, 3)))
dy4, half = rng.integers(-9, 10, (2, 3, 3)) + 0.0, np.full((2, 2), 0.5)
each = np.zeros((2, 2, 3, 3))
each[[0, 1], [0, 1]] = rot180(k4)  # conv2d correlates: the kernel turned
y4, conv_back = conv2d(x4[None], each)
_, mix_back = mix_maps(y4, np.zeros((2, 2)))
dk = rot180(conv_back(mix_back(dy4[None])[0])[1][[0, 1], [0, 1]])

# %%
formula = np.zeros_like(k4)
for c, p, q, o, i, j in np.ndindex(2, 3, 3, 2, 3, 3):
    formula[c, p, q] += half[o, c] * dy4[o, i, j] * x4[c, i + 2 - p, j + 2 - q]
print(np.array_equal(dk, formula))

# %% [markdown]
# ### Weights that sum to 1
#
# The mixture is meant to be one: $\alpha\ge0$, $\sum_c\alpha[o,c]=1$. Descent does not keep to that by
# itself. So write the weights as a softmax of free numbers:

# %%
show("mixture_weights.alpha#definition")

# %%
show("mixture_weights.sum#claim")

# %%
show("mixture_weights.positive#not-negative")

# %% [markdown]
# And no weight is above 1, since what is left of 1 is a sum of others, none of them negative:

# %%
show("mixture_weights.rest#claim")

# %%
show("mixture_weights.at_most_one#not-negative")

# %% [markdown]
# (Why does that enforce the constraints? "Because it is exponential, and the rates of change differ", says
# the retelling. No: because $e^h$ is positive and is divided by its sum. Any positive function does it:)

# %%
free = sympy.symbols("h1:4")
parts = [h**2 + 1 for h in free]
print(sympy.simplify(sum(part / sum(parts) for part in parts)))

# %% [markdown]
# Its derivative is an old friend from chapter 01. The $\delta$ in the text is Kronecker's here, a
# bracket for us, and no sensitivity:

# %%
show("mixture_weights.jacobian#softmax")

# %% [markdown]
# With it, the gradient by the free numbers. Let `g` be $\partial E/\partial\alpha$:

# %%
show("mixture_weights.E#definition")

# %%
show("mixture_weights.dh#chain-rule")

# %%
show("mixture_weights.dh#sift")

# %% [markdown]
# Read it: a map gains if it fits *better than the mixture does on average*. And the more weight it
# has, the faster it moves. As an op, with all output maps at once and `g` computed from the maps:

# %%
show("mix_maps.alpha#definition")

# %%
show("mix_maps.y#definition")

# %%
show("mix_maps.E#definition")

# %%
show("mix_maps.g#definition")

# %%
show("mix_maps.dlogits#chain-rule")

# %%
show("mix_maps.dlogits#jacobian")

# %%
show("mix_maps.dlogits#sift")

# %%
show("mix_maps.dlogits#conclusion")

# %%
print(tie(MIX_MAPS, MIX_MAPS.cases[0], derivation("mix_maps")).verdict)

# %% [markdown]
# **The SymPy cell**, two input maps of one pixel each, one output map:

# %%
x, dy = symbols("x", 1, 2, 1, 1), symbols("dy", 1, 1, 1, 1)
logits = symbols("h", 1, 2)
y, backward = mix_maps(x, logits)
by_sympy = sympy.diff((dy * y).sum().expression, logits[0, 0].expression)
print("difference:", sympy.simplify(by_sympy - backward(dy)[1][0, 0].expression))


# %% [markdown]
# **Break it**: the average forgotten, as if a logit moved its own weight only.


# %%
def own_weight_only(x, logits):
    y, backward = mix_maps(x, logits)
    alpha, _ = softmax(logits)

    def wrong(dy):
        return backward(dy)[0], alpha * np.einsum("nouv,ncuv->oc", dy, x)

    return y, wrong


check(MIX_MAPS, own_weight_only)

# %% [markdown]
# ## 7. Make it sparse, says the text
#
# A mixture of everything is not a *choice*. An output map should look at a few maps only, most weights
# should be 0. There is a well-known tool for that: add the sum of the absolute values to the cost (the
# L1 norm, L1 范数). Section 3.3.1 of the text does so:

# %%
show("softmax_l1.alpha#definition")

# %%
show("softmax_l1.penalty#definition")

# %% [markdown]
# The derivative by a weight is $\lambda\,\mathrm{sign}(\alpha)$. That is what the op returns:

# %%
show("l1_penalty.E#definition")

# %%
show("l1_penalty.da#sift")

# %%
show("l1_penalty.da#conclusion")

# %%
a, strength = symbols("a", 1, 2), symbols("strength", 1)[0]
value, backward = l1_penalty(a, strength)
by_sympy = sympy.diff(value.expression, a[0, 1].expression)
print(by_sympy, "  difference:", by_sympy - backward(1)[0][0, 1].expression)

# %% [markdown]
# (Where the program asks for a sign, a letter has a hidden number that answers. The checker goes through
# all signs.)

# %% [markdown]
# Through the softmax to the free numbers, and there is the formula of the text,
# $\lambda\bigl(|\alpha_i|-\alpha_i\sum_k|\alpha_k|\bigr)$, for all sizes:

# %%
show("softmax_l1.dh#published")

# %% [markdown]
# Proven. Add it to the gradient and train. So we did: a small network with twelve mixtures of six maps,
# once without a penalty and once with this one, same start, same batches, two passes:


# %%
def trained(penalty, strength, epochs=2):
    net = mixing_net(penalty, strength)
    settings = {"optimiser": SGD(0.05, momentum=0.9), "epochs": epochs, "batch_size": 32}
    run = fit(net, inputs, digits.t_train, rng=np.random.default_rng(0), **settings)
    return net, run


inputs = (digits.x_train - digits.x_train.mean()) / digits.x_train.std()
(_, without), (_, with_l1) = trained("none", 0), trained("l1", 0.05)
apart = max(
    np.abs(a[name] - b[name]).max()
    for a, b in zip(without.params, with_l1.params, strict=True)
    for name in a
)
measured(apart, 0, 1e-9, label="largest difference of any parameter")

# %% [markdown]
# Strange. Not "a small effect": *none*. With a strength of 5, too?

# %%
_, stronger = trained("l1", 5.0)
apart = np.abs(stronger.params[5]["logits"] - without.params[5]["logits"]).max()
measured(apart, 0, 1e-9, label="largest difference of a logit, strength 5")
costs = [r.history[-1].loss for r in (without, with_l1, stronger)]
measured(costs[1] - costs[0], 0.599, 0.601, label="more on the objective, strength 0.05")
measured(costs[2] - costs[0], 59.9, 60.1, label="more on the objective, strength 5")

# %% [markdown]
# The network *pays* the penalty, 0.6 and 60, and is not moved by it. Is the program wrong? It is the
# formula; the tie has seen to that. Then look at the formula once more. (If you like, stop here and
# find it yourself. All you need is on this page.)
#
# ## 8. The zero
#
# The weights of a softmax are positive. So the absolute values in it do nothing:

# %%
show("softmax_l1.dh#sum")

# %% [markdown]
# And they sum to 1:

# %%
show("softmax_l1.dh#zero")

# %% [markdown]
# **Zero.** For all numbers of maps, all free numbers, all strengths: the gradient of the published penalty
# vanishes identically. The penalty itself says why. It is a constant:

# %%
show("softmax_l1.value#positive")

# %%
show("softmax_l1.value#constant")

# %% [markdown]
# Twelve output maps times 0.05 is 0.6, times 5 is 60: what the network paid. The two sentences that define
# the weights, *positive* and *of sum 1*, say that their L1 norm is 1. No choice of weights can be cheaper
# than another. Whatever the fit wants, the total gradient is the gradient of the fit:

# %%
show("softmax_l1.cost#definition")

# %%
show("softmax_l1.total#fit")

# %%
show("softmax_l1.total#unchanged")

# %% [markdown]
# No simulation can show that; two equal runs might be an accident of one seed. It is no accident. The
# other way round, whoever claims that something is left is refuted with numbers:

# %%
D = Derivation("hope")
(C,) = D.sizes("C")
c, k = D.indices(c=C, k=C)
h = D.tensor("h", C)
alpha = D.define("alpha", (c,), D.exp(h[c]) / D.Sum(k, D.exp(h[k])))
penalty = D.Sum(k, D.abs(alpha[k]))
left = D.diff(penalty, h[c])
expect(Refuted, lambda: D.claim("pushes", left, alpha[c] * (1 - alpha[c]), because="a hope"))

# %% [markdown]
# How can a formula stand in a text for so long, be right, and be useless? Because it *looks* like
# something: two terms with absolute values in them. A check of the line is not enough. One has to ask
# what its value is.
#
# ### What L1 looks like from the triangle
#
# Three weights that are positive and sum to 1 are a triangle: corners are pure choices, the middle
# is "all equal". L1 makes things sparse because its level sets have corners *on the axes*. But the
# triangle *is* such a level set.

# %%
on_the_triangle(
    {
        "L1": lambda a: l1_penalty(a[None], 1)[0],
        "entropy": lambda a: entropy_penalty(a[None], 1)[0],
        "impurity": lambda a: impurity_penalty(a[None], 1)[0],
    }
)

# %% [markdown]
# Light is dear, dark is cheap. To make choices, a penalty has to go *down towards the corners*. The two
# others do.
#
# ## 9. The repair
#
# The *entropy* of a row is $\log C$ if all weights are equal, and 0 if one weight is 1. Through the
# softmax its gradient is

# %%
show("softmax_entropy.entropy#definition")

# %%
show("softmax_entropy.penalty#definition")

# %%
show("softmax_entropy.dh#entropy")

# %% [markdown]
# Descent goes against it: weights whose $\log\alpha$ lies above the average $-H$ grow, the others shrink.
# The largest wins. The second one is *Gini's impurity*, the chance that two draws from the row
# differ. It needs no logarithm, and its gradient stays finite where a weight is 0:

# %%
show("softmax_impurity.penalty#definition")

# %%
show("softmax_impurity.dh#impurity")

# %% [markdown]
# Only polynomials in $\alpha$: a weight grows if it is above $\sum\alpha^2$, the mean of its row, in which
# each weight counts with itself. Both vanish at
# equal weights, too: there all maps are alike, and somebody has to break the tie. The fit does. Descent on
# the penalty alone, from the numbers 0.1, 0.3, -0.2, 0.05:


# %%
def descend(penalty, steps=300):
    h = np.array([[0.1, 0.3, -0.2, 0.05]])
    for _ in range(steps):
        alpha, softmax_back = softmax(h)
        h = h - softmax_back(*penalty(alpha, 1)[1](1))[0]
    return softmax(h)[0][0].round(2)


for penalty in (l1_penalty, entropy_penalty, impurity_penalty):
    print(f"{penalty.__name__:18}", *descend(penalty))

# %% [markdown]
# Now in the network. `benchmarks/mixing_sweep.py` trains it with each penalty, over three seeds, and keeps
# the weights. Each picture has a row per output map and a column per input map:

# %%
runs = sweep("mixing_sweep")["rows"]
weights_over_training(
    {
        row["penalty"]: {s["epoch"]: np.array(s["alpha"]) for s in row["snapshots"]}
        for row in runs
        if row["seed"] == 0
    }
)

# %% [markdown]
# Without a penalty the network prefers some maps, mildly. With L1 it is the *same picture*. With the
# entropy or the impurity each output map ends up with about one input map. Over all seeds:

# %%
kinds = ("none", "l1", "entropy", "impurity")
by_kind = {kind: [row for row in runs if row["penalty"] == kind] for kind in kinds}
entropies(
    {
        kind: [{s["epoch"]: s["mean_entropy"] for s in row["snapshots"]} for row in rows]
        for kind, rows in by_kind.items()
    },
    equal=np.log(6),
)

# %%
print("penalty    accuracy                 maps used   logits differ from none by")
for kind, rows in by_kind.items():
    hits = " ".join(f"{row['accuracy']:.4f}" for row in rows)
    used = np.mean([row["snapshots"][-1]["maps_used"] for row in rows])
    moved = max(row["logits_from_none"] for row in rows)
    print(f"{kind:10} {hits}   {used:6.2f}      {moved:g}")

# %% [markdown]
# Is sparse *better*? Not here: with the entropy the accuracy is the same on average, with the impurity
# one per cent less (three seeds and 360 digits: that says little). What one gains is that five of six
# connections can be cut. Whether to want that is a question for the builder, not for the proof.
#
# ## 10. On your own
#
# Pencil first, then add cells and check.

# %% [markdown]
# **a.** A map of 6x4, blocks of 3x2, `beta = 2`, `b = 1`; all pixels are 1. What is `z`? All gradients that
# arrive are 1: what are `dx`, `dbeta`, `db`?
#
# <details><summary>Solution</summary>
#
# Each block sum is 6, so `z` is 13 at 2x2 places. `dx` is 2 everywhere, `dbeta` is $4\cdot6=24$, `db` is 4.
#
# ```python
# z, backward = subsample2d(np.ones((1, 1, 6, 4)), 2 * one, one, (3, 2))
# print(z.ravel(), *backward(np.ones_like(z)))
# ```
# </details>

# %% [markdown]
# **b.** `beta` and the kernel of the convolution *before* it can trade a factor: multiply `beta` by 2,
# divide the kernel by 2. Does the output change? With an activation in between?
#
# <details><summary>Solution</summary>
#
# Without an activation in between (and with the bias of the convolution halved as well) it does not: the
# factor moves through the block sum, and one of the two is superfluous. With a tanh between them it
# does change. With a relu it does not, since $\mathrm{relu}(z/2)=\mathrm{relu}(z)/2$.
# </details>

# %% [markdown]
# **c.** Show that `down(up(x))` is $PQ\,x$. Is `up(down(x))` also a multiple of `x`?
#
# <details><summary>Solution</summary>
#
# Each block of `up(x)` holds PQ copies of one number. The other way round, `up(down(x))` is constant on
# blocks, so it is a multiple of `x` only if `x` is.
# </details>

# %% [markdown]
# **d.** Section 4 with blocks of 3x3 and `'same'`: which block sums does `y = x(1:3:end, 1:3:end)` take, on
# a map of 6x6?
#
# <details><summary>Solution</summary>
#
# `'same'` for a kernel of 3 borders with one row of zeros on each side. Sample (1, 1) is the sum over rows
# and columns 0 and 1 only (from 0): a block that is cut off. The next takes rows 2 to 4. Every block is
# shifted by one.
# </details>

# %% [markdown]
# **e.** An L1 penalty on the *free numbers*, $\lambda\sum|h|$: can it sparsify the weights?
#
# <details><summary>Solution</summary>
#
# It pulls the free numbers to 0, and equal free numbers are equal weights: the opposite. (On weights
# *without* a softmax L1 does work. Then they need not be positive nor sum to 1, and the mixture has lost
# its constraint.)
# </details>

# %% [markdown]
# **f.** Take any penalty of the form $\sum_c\varphi(\alpha_c)$ on one row. Its gradient through the softmax
# is $\alpha_c\bigl(\varphi'(\alpha_c)-\sum_k\alpha_k\varphi'(\alpha_k)\bigr)$. For which $\varphi$ is it zero
# for all weights, if there are at least three maps?
#
# <details><summary>Solution</summary>
#
# All $\varphi'(\alpha_c)$ must be equal to their mean, so to each other, for every choice of weights: with
# three maps two of them can be any two numbers of sum below 1, so $\varphi'$ is constant, and
# $\varphi(\alpha)=a\alpha+b$. On the simplex that is L1, up to a constant: the *only* penalty of this kind
# that does nothing is the one that was published.
# </details>

# %% [markdown]
# **g.** Is equal weights a minimum, a maximum or a saddle of the entropy penalty on the triangle? And
# what follows for training that starts there exactly?
#
# <details><summary>Solution</summary>
#
# It is the maximum, so the gradient is 0 there. The penalty alone never leaves it; the fit (or the
# noise of the start, here a standard deviation of 0.1) has to.
# </details>

# %% [markdown]
# ## Sources
#
# - J. Bouvrie, *Notes on Convolutional Neural Networks*, 2006, in a Chinese retelling (zouxy09, 2013):
# sections 3.1.1 to 3.4. Formulas reconstructed; prose, code, numbers and pictures here are our own.
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-based learning applied to document
# recognition*, Proc. IEEE 86(11), 1998: the network and the table of section 5.
# - E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
# Repository, [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0: the digits.
#
# What we say differently from the source, and where it was shown above:
#
# | place | as printed (or retold) | here |
# |---|---|---|
# | 3.1.1 | add up sensitivities, then multiply by the weights | the weighted sum (section 3) |
# | 3.2.1 | if the next *convolution* layer is fully connected | if the next layer is a fully connected one |
# | the same | one map above | the sum over all maps above (3) |
# | 3.3 | softmax, because rates of change differ | because $e^h>0$ is divided by its sum (6) |
# | the same | no gradient of the shared kernels | summed over the output maps (6) |
# | 3.3.1 | the penalty makes alpha sparse | it is a constant; entropy or impurity can (7 to 9) |
# | the same | a contribution to the gradient | formula right, value 0 (8) |
# | 3.4 | convolve with ones, then sample | valid mode; the last rows are dropped (4) |

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
# # Convolutional networks, backward
#
# Page 03a slid a kernel over an image. This one goes back: the loss has told every output
# entry how much it minds, and now each weight and each pixel wants to know its part. Derivations of
# that *with* stride and padding are hard to find, and one that we start from has two wrong lines. Here
# every line is proven, for all sizes.
#
# **What you will do.** Read nine gradients off one picture. Follow a kernel that turns over while it
# walks back. Settle why it has to be turned by 180 degrees. Put zeros between gradients, lose them at
# borders, send them through pooling. Break five gradients on purpose. Train a network that reads
# about 99 % of unseen digits, and look into it.
#
# **What you will learn.** The gradients of a *convolution layer* (卷积层) by its kernels, biases and
# input, for every stride, padding, dilation and remainder; correlation and convolution, and what the
# turn has to do with them; the layer as a transposed matrix; the gradients of maximum and mean
# *pooling* (池化, 汇合), and why "the sum must be kept" is no law.
#
# **What you need.** *Convolutional networks, forward* and the backpropagation of chapter 02. One
# evening.

# %%
# %matplotlib inline
from dataclasses import replace

import numpy as np
import sympy

from cnnmath import (
    conv2d,
    max_pool2d,
    mean_pool2d,
    rot180,
    sigmoid,
    squared_error,
    sum_pool2d,
)

# %%
from cnnmath.course.feature_maps import feature_maps, filters, mistakes
from cnnmath.course.number_tables import dilated_delta, full_correlation_step, pooling_picture
from cnnmath.course.present import expect, measured
from cnnmath.course.show import show
from cnnmath.course.slider import backward_frames, slider
from cnnmath.course.symbolic import symbols
from cnnmath.data import load_digits

# %%
from cnnmath.nn import (
    SGD,
    Affine,
    Conv2d,
    Flatten,
    MaxPool2d,
    Relu,
    Sequential,
    accuracy,
    digits_cnn,
    fit,
    loss_and_gradient,
    mlp,
    parameter_counts,
    predict,
)

# %%
from cnnmath.ops import CONV2D, MAX_POOL2D, MEAN_POOL2D, ShapeError
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.tie import Broken, tie
from cnnmath.proof.verdict import Refuted
from cnnmath.results.lookup import derivation

# %% [markdown]
# Numbers at the right of a formula are those of H. Zhang's text of 2016, section 5.4. The letters:
#
# | here | Zhang | rot180 page | Bouvrie | what |
# |---|---|---|---|---|
# | `x[n,c,u,v]` | $\mathbf X(i,j,d)$ | $\sigma(z^l_{x,y})$ | $x_i^{\ell-1}$ | input maps |
# | `w[o,c,p,q]` | $\mathbf W(i,j,d,d_l)$ | $w^{l+1}_{a,b}$ | $k_{ij}^\ell$ | kernels (卷积核) |
# | `z[n,o,i,j]` | $\mathbf A(i_l,j_l,d_l)$ | $z^{l+1}_{x,y}$ | $u_j^\ell$ | output maps, no activation |
# | `dz[n,o,i,j]` | $\partial\mathrm{err}/\partial\mathbf A$ | $\delta^{l+1}$ | $\delta_j$ | what arrives |
# | S, Z, G | $S$, $P_1$, - | - | - | stride, zero padding, dilation |
#
# ## 1. Nine sums
#
# A 3x3 image, a 2x2 kernel, four outputs. Each output looked at four pixels. Turn that around: which
# outputs looked at a given pixel? The corner was seen once, a pixel in the middle of an edge twice,
# the centre four times, each time through another weight. A gradient returns along the connections
# that went forward, so the corner gets one product, the centre a sum of four.
#
# To see who sent what, let the gradients that arrive be 1, 10, 100 and 1000:

# %%
x = np.arange(1.0, 10).reshape(1, 1, 3, 3)  # 1 to 9
w = np.array([[[[1.0, 2], [3, 4]]]])
dz = np.array([[[[1.0, 10], [100, 1000]]]])
z, backward = conv2d(x, w, np.zeros(1))
dx, dw, db = backward(dz)
print(dx[0, 0].astype(int))

# %% [markdown]
# Read the digits. The centre got 1234: four times the first gradient, three times the second, twice
# the third, once the fourth. The kernel lies there from its last weight to its first. The corner at
# the top left, 1, met the weight 1 only; the one at the bottom right, 4000, the weight 4.
#
# The same in letters. A page of 2016 with the title *Why does backpropagation in a CNN turn the
# weights by 180 degrees?* draws this picture, with indices from 1, in a network that *convolves*: its
# kernel lies turned when it goes forward. Our `conv2d` does not turn, so it gets `rot180(w)`.

# %%
delta, k = symbols("δ", 3, 3)[1:, 1:], symbols("w", 3, 3)[1:, 1:]  # indices 1 and 2
_, backward_ = conv2d(symbols("x", 1, 1, 3, 3), rot180(k)[None, None])
back = backward_(delta[None, None])[0][0, 0]
for place in np.ndindex(3, 3):
    print(*(1 + n for n in place), "  ", back[place].expression)

# %% [markdown]
# The page prints the first two, $\delta_{11}w_{22}$ and $\delta_{11}w_{21}+\delta_{12}w_{22}$, and
# leaves seven to its figure. All nine are here, computed by the program that trains.
#
# ## 2. Stride 1: the three gradients
#
# The layer, with N images, C maps coming in and O maps going out:

# %%
show("conv_layer.z#definition", tag="5.23")

# %% [markdown]
# Whatever comes later in the network, it acts on this layer through `dz` alone. As in chapter 01, a
# *pseudo-loss* stands for it, in which `dz` is a table of constants:

# %%
show("conv_layer.E#definition")

# %% [markdown]
# ### The kernel
#
# How does one weight act on the loss? It was used at *every* place, that is what sharing (权值共享)
# means. So its gradient collects from every place: what arrived there, times the pixel that the
# weight was multiplied with. In the example, weight `w[0,0]` met the pixels 1, 2, 4, 5:
# $1\cdot1+10\cdot2+100\cdot4+1000\cdot5=5421$.

# %%
print(dw[0, 0].astype(int))

# %% [markdown]
# Read them from right to left, and each is a window of the image. For all sizes, first the chain rule
# over everything that the weight touches,

# %%
show("conv_layer.dw#chain-rule", tag="5.24")

# %% [markdown]
# and then the inner derivative. Of the sum over `c`, `p`, `q` in `z`, one term contains the weight.

# %%
show("conv_layer.dw#sift", tag="5.25")

# %% [markdown]
# Look at the right side: it is a correlation (互相关) again, of the image with `dz` as its kernel.
# Nothing is turned.

# %%
print(np.array_equal(conv2d(x, dz)[0], dw))

# %% [markdown]
# **The SymPy cell**: the program that trains, run on letters; one entry differentiated by SymPy.

# %%
x_, w_ = symbols("x", 1, 1, 3, 3), symbols("w", 1, 1, 2, 2)
b_, dz_ = symbols("b", 1), symbols("dz", 1, 1, 2, 2)
z_, backward_ = conv2d(x_, w_, b_)
by_sympy = sympy.diff((dz_ * z_).sum().expression, w_[0, 0, 1, 0].expression)
print(by_sympy, "  difference:", by_sympy - backward_(dz_)[1][0, 0, 1, 0].expression)

# %% [markdown]
# ### The bias
#
# One number per map, added at every place:

# %%
show("conv_layer.db#chain-rule", tag="5.26")

# %%
show("conv_layer.db#sift", tag="5.27")

# %%
by_sympy = sympy.diff((dz_ * z_).sum().expression, b_[0].expression)
print(by_sympy, "  difference:", by_sympy - backward_(dz_)[2][0].expression)
print("in the example:", db)

# %% [markdown]
# **Break it.** "One bias, many places, so take the mean over the places." It sounds tidy. The checker
# compares the program with `sympy.diff` of what it computed forward, and names the first entry that
# differs:


# %%
def mean_over_places(x, w, b=None, **options):
    z, backward = conv2d(x, w, b, **options)
    return z, lambda dz: (*backward(dz)[:2], backward(dz)[2] / (z.shape[2] * z.shape[3]))


def check(op, wrong):
    expect(Broken, lambda: tie(replace(op, forward=wrong), op.cases[0], derivation(op.name)))


check(CONV2D, mean_over_places)

# %% [markdown]
# ### The input
#
# Now the pixel. It may have been seen by any map `o'` at any place `i', j'`:

# %%
show("conv_layer.dx#chain-rule", tag="5.28, corrected")

# %% [markdown]
# Output row `i'` sees pixel row `u` through kernel row `p` if $i'+p=u$. So $p=u-i'$, if there is such
# a row in the kernel. That is what the bracket asks (it is 1 where the condition holds, else 0):

# %%
show("conv_layer.dx#sift", tag="5.29, corrected")

# %% [markdown]
# This is the gradient. The rest is a matter of reading. One may go through the kernel instead of the
# outputs, for to each `p'` belongs one output row, $i'=u-p'$:

# %%
show("conv_layer.dx#reflect")

# %% [markdown]
# Compare with the forward sum, where the rows were $i+p$. Here they are $u-p'$: while the kernel row
# goes up, the row of `dz` goes *down*. To have both go up, count the kernel from its other end:

# %%
show("conv_layer.rotated#definition")

# %% [markdown]
# And to be rid of the brackets, give `dz` a border of zeros, one row and one column less than the
# kernel has:

# %%
show("conv_layer.border#definition")

# %% [markdown]
# What is left is a layer like the one going forward: the turned kernel slides over `dz` in its border,
# with stride 1. It is called a *full* correlation, for it visits every place where the two overlap.

# %%
show("conv_layer.dx#full-correlation")

# %% [markdown]
# One step by hand, the centre. (The last gradient is 0 now, so that the numbers stay short.)

# %%
short = np.array([[1.0, 10], [100, 0]])
full_correlation_step(short, w[0, 0], 1, 1)

# %% [markdown]
# Each weight keeps its colour when the kernel turns. And now all nine places, one after the other:

# %%
slider(backward_frames(short, w[0, 0]), "dx, entry by entry: the turned kernel walks over dz")

# %% [markdown]
# **The SymPy cell** for the input, at the centre and at a corner:

# %%
by_sympy = sympy.diff((dz_ * z_).sum().expression, x_[0, 0, 1, 1].expression)
print(by_sympy, "  difference:", by_sympy - backward_(dz_)[0][0, 0, 1, 1].expression)
by_sympy = sympy.diff((dz_ * z_).sum().expression, x_[0, 0, 2, 0].expression)
print(by_sympy, "  difference:", by_sympy - backward_(dz_)[0][0, 0, 2, 0].expression)

# %% [markdown]
# **Break it, twice.** Forget to turn the kernel; forget that every map `o'` sends something back.


# %%
def not_turned(x, w, b=None, **options):
    z, backward = conv2d(x, w, b, **options)
    _, of_turned = conv2d(x, rot180(w), b, **options)
    return z, lambda dz: (of_turned(dz)[0], *backward(dz)[1:])


def first_map_only(x, w, b=None, **options):
    z, backward = conv2d(x, w, b, **options)
    _, of_first = conv2d(x, w[:1], b[:1], **options)
    return z, lambda dz: (of_first(dz[:, :1])[0], *backward(dz)[1:])


check(CONV2D, not_turned)
check(CONV2D, first_map_only)

# %% [markdown]
# A test with 1x1 kernels would not notice the first, one with a single map not the second. That is why
# there is a 2 for every size in one or another of the checker's runs.
#
# ### What the source prints
#
# Its kernel and bias are right. The input is not. In one dimension, 5.28 and 5.29 say, with our
# letters,
#
# - the derivative by `x[i+p]` is the sum over `i` of `dz[i]` times the derivative of `z[i]` by `x[p]`,
# - and that is the sum over `i` of `dz[i] w[p]`.
#
# In the first, `i` is summed over on the right and free on the left. In the second, the weight does
# not depend on `i`: it could be drawn out of the sum, and each pixel would get the sum of *all*
# gradients times one weight, as if every output saw it through the same one. Take both at their word:

# %%
D = Derivation("as_printed")
outputs, weights = D.sizes("I P")
i, p = D.indices(i=outputs, p=weights)
x1, w1 = D.tensor("x", outputs + weights - 1), D.tensor("w", weights)
dz1 = D.tensor("dz", outputs)
z1 = D.define("z", (i,), D.Sum(p.prime, w1[p.prime] * x1[i + p.prime]))
E = D.Sum(i.prime, dz1[i.prime] * z1[i.prime])

# %%
first, second = D.Sum(i, dz1[i] * D.diff(z1[i], x1[p])), D.Sum(i, dz1[i] * w1[p])
expect(Refuted, lambda: D.claim("5.28", D.diff(E, x1[i + p]), first, because="as printed"))
expect(Refuted, lambda: D.claim("5.29", D.diff(E, x1[p]), second, because="as printed"))

# %% [markdown]
# Two outputs and one weight are enough. In two dimensions both lack the sum over the maps as well;
# `first_map_only` above shows what that does. The sentence that follows in the source, "the backward
# pass of a convolution is a convolution, only that the filter has to be flipped", is true of `dx`, in
# full mode and summed over the maps. `dw` is not flipped. And with a stride there is more to do
# (section 5).
#
# (In our copy some tags stand beside the wrong line, the end of 5.25 is garbled, and 5.26 has twice
# the same index under its sums. That is the extraction, not the author.)
#
# ## 3. Why 180 degrees?
#
# Is there something deep in the turn? "The duality of nature", says the page that asked. It is less.
# Page 03a (section 5) had two words for two operations. *Correlation* (互相关) multiplies what lies on
# top of each other and adds up. True *convolution* (卷积), as mathematicians and MATLAB's `conv2` have
# it, turns the kernel first:

# %%
show("true_convolution.z#definition")

# %%
show("true_convolution.rotated#definition")

# %% [markdown]
# Row `p` of the kernel meets row $P-1-p$ of the window. Count from the other end, and it is a
# correlation with the turned kernel:

# %%
show("true_convolution.forward#rotated")

# %% [markdown]
# And turned twice is not turned at all. Both as NumPy functions for one map, with the border of the
# *full* mode:


# %%
def correlate(x, k, full=False):
    border = tuple(n - 1 for n in k.shape) if full else 0
    return conv2d(x[None, None], k[None, None], padding=border)[0][0, 0]


def conv2(x, k, full=False):
    return correlate(x, rot180(k), full)


# %% [markdown]
# ### The input
#
# Now a network that goes forward with `conv2`. Output row `i'` sees pixel row `u` through kernel row
# $p=i'+P-1-u$:

# %%
show("true_convolution.dx#sift")

# %% [markdown]
# Going up in `i'` means going up in the kernel. So with $i'=u-p'$ the kernel comes out turned, and the
# brackets are those of `conv2` in full mode:

# %%
show("true_convolution.dx#conv2-full")

# %% [markdown]
# But `conv2` turns what it is given. Turned twice: backward, this network *correlates* with its kernel
# as it is.

# %%
show("true_convolution.dx#correlation")

# %% [markdown]
# So here is the answer. **Nothing in the calculus turns a kernel.** A product $w_p\,x_{i+p}$ links
# three numbers by $u=i+p$. Forward, one stands at `i` and asks which pixels are linked: $u=i+p$, up
# with `p`. Backward, one stands at `u` and asks which outputs are linked: $i=u-p$, down with `p`. The
# sign of `p` changes when the equation is solved for the other letter, and "turned by 180 degrees" is
# what a changed sign looks like in two dimensions. A network that starts with the other sign gets the
# other sign back.
#
# ### The kernel
#
# For the kernel gradient one adds up windows of the image, weighted with what arrived. In a network
# of `conv2` each window has to be turned:

# %%
show("true_convolution.dk#patches")

# %% [markdown]
# Bouvrie's notes have a MATLAB one-liner: turn delta, convolve, turn the result back. It is this sum
# in another order, $I-1-i'$ in the place of $i'$:

# %%
show("true_convolution.dk#conv2")

# %% [markdown]
# Now the one-liners in numbers, against the `backward` of a network of convolutions and of one of
# correlations. `k` and `delta` are the kernel and the gradients of section 1.

# %%
image, k, delta = x[0, 0], w[0, 0], dz[0, 0]
z, backward = conv2d(x, rot180(k)[None, None])  # forward: conv2(x, k)
dx_conv, d_turned, _ = backward(dz)
dk_conv = rot180(d_turned)[0, 0]  # backward gave the gradient of rot180(k)

# %%
one_liner = rot180(conv2(image, rot180(delta)))
claims = {
    "convolve,  dx = conv2(delta, rot180(k), 'full')": (dx_conv, conv2(delta, rot180(k), True)),
    "convolve,  dx = correlate(delta, k, 'full')": (dx_conv, correlate(delta, k, True)),
    "convolve,  dk = rot180(conv2(x, rot180(delta)))": (dk_conv, one_liner),
    "convolve,  dk = conv2(rot180(x), delta)": (dk_conv, conv2(rot180(image), delta)),
    "correlate, dx = correlate(delta, rot180(k), 'full')": (dx, correlate(delta, rot180(k), True)),
    "correlate, dx = conv2(delta, k, 'full')": (dx, conv2(delta, k, True)),
    "correlate, dk = correlate(x, delta)": (dw, correlate(image, delta)),
}
for claim, (program, formula) in claims.items():
    print(f"{claim:52}", np.array_equal(program.reshape(formula.shape), formula))

# %% [markdown]
# | forward | back to the input | back to the kernel |
# |---|---|---|
# | convolve with `k` | correlate `delta` with `k`, full | `conv2` of the *turned* image with `delta` |
# | correlate with `k` | convolve `delta` with `k`, full | correlate the image with `delta` |
#
# Both conventions train the same networks; what one learns is the other's kernel, turned. All
# frameworks correlate, and say convolution.
#
# **What breaks.** Leave out the outer `rot180` of the one-liner, or use windows that are not turned,
# and you get the gradient of the turned kernel. And "the correlation of delta and the map below", as
# the rot180 page ends, must be taken in the right order: the image does not fit into delta.

# %%
print(dk_conv.astype(int).tolist(), "without:", conv2(image, rot180(delta)).astype(int).tolist())
expect(ShapeError, lambda: correlate(delta, image))

# %% [markdown]
# ### Delta, from layer to layer
#
# The page derives one more thing, and in the letters of chapter 02: from the deltas of layer $l+1$ to
# those of layer $l$, with an activation `f` between. M maps below, K maps above.

# %%
show("conv_delta.above#definition")

# %% [markdown]
# A weighted input below may act on every place of every map above (`C` is the pseudo-loss),

# %%
show("conv_delta.delta#chain-rule")

# %% [markdown]
# but most of these derivatives are 0. The page keeps the terms with $x=x'-a$, $y=y'-a$; the second
# `a` is a slip, it must be `b`. With our counting of the kernel from 0:

# %%
show("conv_delta.delta#sift")

# %% [markdown]
# The slope does not depend on what is summed over, and goes to the front:

# %%
show("conv_delta.delta#rot180")

# %% [markdown]
# In words: convolve each map of deltas with its turned kernel, in full mode, **add up over the maps
# above**, and multiply with the **derivative** $f'$. The page's words have the "activation function"
# here, its formula one map above, and neither says *full*. One map, one entry, a sigmoid; which
# of the two factors is right?

# %%
pixels, step = np.array([[[[0.5, -1, 2], [1, 0.2, -0.3], [0, 1, -2]]]]), 1e-6


def loss_above(z):
    return (dz * conv2d(sigmoid(z)[0], rot180(w))[0]).sum()


bump = step * np.eye(9)[4].reshape(1, 1, 3, 3)  # the centre
print(f"measured      {(loss_above(pixels + bump) - loss_above(pixels - bump)) / (2 * step):.1f}")
back, a = dx_conv[0, 0, 1, 1], sigmoid(pixels)[0][0, 0, 1, 1]
print(f"with f'       {back * a * (1 - a):.1f}\nwith f itself {back * a:.1f}")

# %% [markdown]
# **The SymPy cell**, for a sigmoid layer with a convolution above it:

# %%
u_ = symbols("u", 1, 1, 3, 3)
a_, through = sigmoid(u_)
above, backward_ = conv2d(a_, rot180(w_))
by_sympy = sympy.diff((dz_ * above).sum().expression, u_[0, 0, 1, 1].expression)
ours = through(backward_(dz_)[0])[0][0, 0, 1, 1]
print("difference:", sympy.simplify(by_sympy - ours.expression))

# %% [markdown]
# Kernel and bias need no recursion, they take the delta of their own layer. The map that they multiply
# is the activation of the layer *below*; an intermediate step of the page has the wrong layer number
# there.

# %%
show("conv_delta.dw#sift")

# %%
show("conv_delta.db#sift")

# %% [markdown]
# One more slip of its text: it "takes the reciprocal" of the error (倒数) where the derivative (导数) is
# meant, two words that sound alike. (Its formulas are images, lost in our copy; they stand in the
# author's repository.)
#
# ## 4. The transposed matrix
#
# Here is a second way to the same gradient, without any index of a kernel row. A convolution is
# linear in the image, so it is a matrix (page 03a, section 2): its row (o, i, j) holds the kernel where
# the window lies, and zeros elsewhere.

# %%
show("conv_matrix.T#definition")

# %% [markdown]
# The column of a pixel is what the layer makes of an image with a single 1. For section 1:

# %%
T = np.stack([conv2d(one.reshape(1, 1, 3, 3), w)[0].ravel() for one in np.eye(9)], axis=1)
print(T.astype(int))

# %% [markdown]
# Rows are outputs, columns are pixels. Forward reads the rows. Backward reads the *columns*: chapter
# 02 says $W^\top\delta$. Column 4, the centre, holds 4, 3, 2, 1.

# %%
print((T.T @ dz.ravel()).reshape(3, 3).astype(int))

# %% [markdown]
# The nine sums of section 1. The turn happened while we looked at columns instead of rows. In general,
# with any stride and padding:

# %%
show("conv_matrix.transposed#claim")

# %% [markdown]
# The right side is the `dx` of the next section. The way back of a convolution is also used as a layer
# of its own, to make maps larger: the *transposed convolution* (转置卷积). It is often called
# "deconvolution", but it does not undo the layer: $T^\top T$ is not the identity.
#
# And a *fully connected* layer (全连接层) on maps has the same two gradients without sharing, a weight for
# every pixel and every output `k`:

# %%
show("dense_on_maps.dx#sift")

# %%
show("dense_on_maps.dw#sift")

# %% [markdown]
# Compare its `dw` with 5.25: no sum over places, for each place has its own weight. *Sharing is what
# makes the sum.* A relu on maps needs nothing new, it works entry by entry, and the `backward` of
# `flatten` puts the entries back where they were.

# %% [markdown]
# ## 5. Any stride, padding, dilation, remainder
#
# With stride S the window jumps, with padding Z it starts outside, with dilation G it has holes, and
# at the far end R rows may be left over which no window reaches. Sizes fit if
# $U+2Z=(I-1)S+G(P-1)+1+R$ with $0\le R<S$, and likewise for columns. (No floor is needed to say it,
# and every stride and size is covered.)
#
# One dimension by hand: six pixels, kernel (1, 2, 3), stride 2. The first window sees pixels 0, 1, 2,
# the second 2, 3, 4, nobody sees pixel 5. The gradients (1, 10) arrive:
#
# | pixel | 0 | 1 | 2 | 3 | 4 | 5 |
# |---|---|---|---|---|---|---|
# | from output 0 | 1 | 2 | 3 | | | |
# | from output 1 | | | 10 | 20 | 30 | |
# | `dx` | 1 | 2 | 13 | 20 | 30 | 0 |

# %%
line, kernel = np.ones((1, 1, 1, 6)), np.array([[[[1.0, 2, 3]]]])
_, backward = conv2d(line, kernel, stride=(1, 2))
print(backward(np.array([[[[1.0, 10]]]]))[0].ravel().astype(int))

# %% [markdown]
# In general, with $\bar x$ for the input in its border of zeros (page 03a, section 6):

# %%
show("conv2d.z#definition", tag="5.13")

# %% [markdown]
# `E` is the pseudo-loss with this `z`.
#
# **The kernel.** Sharing again; the brackets say "if it is this weight",

# %%
show("conv2d.dw#product")

# %% [markdown]
# and only the one weight is left.

# %%
show("conv2d.dw#sift")

# %%
show("conv2d.dw#conclusion")

# %% [markdown]
# Two things to see. What the padding contributed is 0, so border places teach the weight nothing. And
# in $S\,i'+G\,p$ the two letters could change roles: the weight gradient is a correlation of the image
# with `dz`, in which *stride and dilation have changed places* (cut to the size of the kernel):

# %%
rng = np.random.default_rng(0)
maps = rng.integers(-9, 10, (2, 3, 9, 9)) + 0.0
z, backward = conv2d(maps, np.ones((4, 3, 3, 2)), stride=2, padding=1, dilation=(1, 3))
arrives = rng.integers(-9, 10, z.shape) + 0.0
# the samples add up, so they stand where the channels stood
maps, as_kernel = maps.swapaxes(0, 1), arrives.swapaxes(0, 1)
swapped, _ = conv2d(maps, as_kernel, stride=(1, 3), padding=1, dilation=2)
print(np.array_equal(backward(arrives)[1], swapped.swapaxes(0, 1)[:, :, :3, :2]))

# %% [markdown]
# **The bias** does not mind strides:

# %%
show("conv2d.db#sift")

# %%
show("conv2d.db#conclusion")

# %% [markdown]
# **The input.** An output row `i'` and a kernel row `p'` meet at pixel row $S\,i'+G\,p'-Z$. Where they
# meet at `u`, a product goes back:

# %%
show("conv2d.dx#sift")

# %%
show("conv2d.dx#gather")

# %%
show("conv2d.dx#conclusion")

# %% [markdown]
# That is all. No case is special: a pixel that no window reaches has no pair that meets there, its
# sum is empty, its gradient 0. Nor does what would land in the border go anywhere.
#
# **The SymPy cells**, with stride, padding and dilation at once:

# %%
x, w, b = symbols("x", 1, 2, 3, 4), symbols("w", 2, 2, 2, 2), symbols("b", 2)
z, backward = conv2d(x, w, b, stride=(2, 1), padding=(1, 0), dilation=(2, 3))
dz = symbols("dz", *z.shape)
E, (dx, dw, db) = (dz * z).sum().expression, backward(dz)

# %%
by_sympy = sympy.diff(E, x[0, 1, 1, 3].expression)
print(by_sympy, "  difference:", sympy.expand(by_sympy - dx[0, 1, 1, 3].expression))
by_sympy = sympy.diff(E, w[1, 0, 1, 0].expression)
print(by_sympy, "  difference:", sympy.expand(by_sympy - dw[1, 0, 1, 0].expression))
by_sympy = sympy.diff(E, b[1].expression)
print(by_sympy, "  difference:", sympy.expand(by_sympy - db[1].expression))

# %% [markdown]
# ### Zeros between the gradients
#
# Can this, too, be read as a full correlation? With stride 2, a window that moves by one pixel on the
# way back meets an output only every second time. So put $S-1$ zeros between the entries of `dz`:

# %%
show("conv_strided_input.spread#definition")

# %%
dilated_delta(np.array([[1.0, 2], [3, 4]]), 2, 3)

# %% [markdown]
# Forget those zeros, and not even the size is right. A 5x5 image, a 3x3 kernel, stride 2, so 2x2
# gradients; the full correlation without and with zeros between:

# %%
four, spread = np.array([[1.0, 2], [3, 4]]), np.zeros((3, 3))
spread[::2, ::2] = four
print(correlate(four, np.ones((3, 3)), True).shape, correlate(spread, np.ones((3, 3)), True).shape)

# %% [markdown]
# Now take the `dx` just proven,

# %%
show("conv_strided_input.gradient#definition")

# %% [markdown]
# and solve the meeting point for $S\,i'$: it is $u+Z-G\,p'$. If that is a multiple of S, the spread `dz`
# holds the gradient there, else one of the zeros. (H and W are the sizes of the spread `dz`.)

# %%
show("conv_strided_input.dx#spread")

# %% [markdown]
# Put a border of $G(P-1)-Z$ zeros before the spread `dz` (cut it off there if that is negative), and
# as many zeros behind as the input has rows left:

# %%
show("conv_strided_input.border#definition")

# %% [markdown]
# With the turned kernel of section 2, both indices go up again:

# %%
show("conv_strided_input.dx#full-correlation")

# %% [markdown]
# As a recipe: spread `dz`, border it with $G(P-1)$ zeros, correlate with the turned kernel (dilation G,
# stride 1), cut Z at the near side, append zeros at the far side for what no window reached. The
# recipe and the formula as programs, the formula with its brackets as an `if`:


# %%
def by_formula(dz, w, shape, S, Z, G):
    dx = np.zeros(shape)
    for (n, o, i, j), arrived in np.ndenumerate(dz):
        for c, p, q in np.ndindex(w.shape[1:]):
            u, v = S[0] * i + G[0] * p - Z[0], S[1] * j + G[1] * q - Z[1]
            if 0 <= u < shape[2] and 0 <= v < shape[3]:
                dx[n, c, u, v] += arrived * w[o, c, p, q]
    return dx


# %%
def by_recipe(dz, w, shape, S, Z, G):
    turned, (P, Q) = rot180(w).swapaxes(0, 1), w.shape[2:]
    rows, columns = (s * (n - 1) + 1 for s, n in zip(S, dz.shape[2:], strict=True))
    spread, dx = np.zeros((*dz.shape[:2], rows, columns)), np.zeros(shape)
    spread[..., :: S[0], :: S[1]] = dz
    full, _ = conv2d(spread, turned, padding=(G[0] * (P - 1), G[1] * (Q - 1)), dilation=G)
    near = full[..., Z[0] : Z[0] + shape[2], Z[1] : Z[1] + shape[3]]
    dx[..., : near.shape[2], : near.shape[3]] = near
    return dx


# %% [markdown]
# Random shapes, whole numbers, so that *equal* means equal in every digit. The last column counts the
# pixels of a map that no window saw.


# %%
def compare(shape, kernel, S, Z, G):
    w = rng.integers(-9, 10, (2, shape[1], *kernel)) + 0.0
    z, backward = conv2d(np.zeros(shape), w, stride=S, padding=Z, dilation=G)
    dz = rng.integers(-9, 10, z.shape) + 0.0
    others = by_formula(dz, w, shape, S, Z, G), by_recipe(dz, w, shape, S, Z, G)
    equal = [np.array_equal(backward(dz)[0], each) for each in others]
    seen = by_formula(np.ones_like(dz), np.ones_like(w), shape, S, Z, G)[0, 0]
    numbers = (S, Z, G, shape[2:], kernel, z.shape[2:], *equal, (seen == 0).sum())
    print("".join(f"{each!s:9}" for each in numbers))


print("stride   padding  dilation input    kernel   output   =formula =recipe  unseen")
for _ in range(8):
    shape, kernel = rng.integers(7, 10, 2).tolist(), rng.integers(1, 4, 2).tolist()
    S, Z, G = (tuple(rng.integers(low, 4, 2).tolist()) for low in (1, 0, 1))
    compare((2, 3, *shape), tuple(kernel), S, Z, G)

# %% [markdown]
# Eight shapes prove nothing for the ninth. So what *has* been shown? Two things, and they carry two
# different words.

# %%
concluded = derivation("conv2d").lines["conv2d.dx#conclusion"].verdict
print(concluded)
print("assumed:", *concluded.tags)

# %% [markdown]
# **PROVED**: the formula, for all sizes N, C, O, I, J, P, Q, all strides, paddings, dilations and
# remainders, by the rules that are named. (The instances are a second check, by other code.) The tag
# says under which assumption: `dz` is a constant here. It comes from later layers, and for *this*
# derivative it does not move; that is the step of the induction of chapter 02.

# %%
print(tie(CONV2D, CONV2D.cases[0], derivation("conv2d")).verdict)

# %% [markdown]
# **EXACT**: the program. At the sizes listed it was run on letters, and each entry of its value and of
# its three gradients is the formula, letter for letter. That is a statement about these sizes. A
# program that goes wrong only from kernel 17 on would pass; that this one does not is not proven, but
# its loop has no 17 in it. Other tags to come: *locally constant routing* and *almost everywhere*
# belong to functions with kinks.
#
# ## 6. Pooling
#
# Pooling has no parameters, so its `backward` has one thing to do: hand the gradients to the layer
# below. Above, maximum and mean of 2x2 blocks; below, where the gradients go.

# %%
blocks = np.array([[1.0, 5, 2, 0], [3, 4, 1, 7], [6, 0, 3, 3], [2, 1, 3, 3]])
pooling_picture(blocks, 2, dy=np.array([[8.0, 20], [4, 12]]))

# %% [markdown]
# ### The larger of two
#
# The smallest maximum has two arguments. A bracket says which one passes:

# %%
show("larger_of_two.z#definition", tag="5.30")

# %%
show("larger_of_two.dx#chain-rule", tag="5.31")

# %%
show("larger_of_two.dx#router", tag="5.32")

# %%
show("larger_of_two.dy#chain-rule", tag="5.33")

# %%
show("larger_of_two.dy#router", tag="5.34")

# %% [markdown]
# The gradient goes to one of them, unchanged: the maximum is a *router* (路由). What if both are equal?
# Then there is no derivative, and the tag *almost everywhere* (几乎处处) says so. Somebody has to get
# the gradient, and it is a convention who. Here the first one does, in reading order. It makes a
# difference how a relu is written: $\max(0,z)$ gives slope 0 at $z=0$, $\max(z,0)$ gives 1.

# %%
print(MAX_POOL2D.kinks)
print(max_pool2d(np.array([[[[3.0, 3.0]]]]), (1, 2))[1](np.array([[[[1.0]]]]))[0].ravel())

# %% [markdown]
# ### Maximum
#
# Windows of P x Q, stride S. Let `r` be a table that is 1 at the first largest entry of each window and
# 0 elsewhere, the *routing* of page 03a. It is what a program records on its way forward ("max id").
# With it the maximum becomes a sum:

# %%
show("max_pool_blocks.y#definition", tag="5.35")

# %%
show("max_pool_blocks.routed#claim")

# %% [markdown]
# (EXACT: the rules cannot take a maximum apart; the two sides are compared at the sizes listed, ties
# included.) Move the pixels a little, and `r` does not change, as long as there is no tie: the
# routing is *locally constant*. That is the assumption in the next line, where `E` is the sum of all
# `dy` times `y`.

# %%
show("max_pool_blocks.dx#routing")

# %% [markdown]
# Note the sum. Two sources say: pass the gradient to the recorded place, put 0 elsewhere. If windows
# overlap, a place may be recorded twice, and then the gradients *add up*. Pixels (1, 5, 2), windows of
# two, stride 1: both choose the 5. The gradients 10 and 100 arrive.

# %%
pixels, arrives = np.array([[[[1.0, 5, 2]]]]), np.array([[[[10.0, 100]]]])
y, backward = max_pool2d(pixels, (1, 2), stride=1)
print(y.ravel(), backward(arrives)[0].ravel())


# %% [markdown]
# **Break it**: write instead of add.


# %%
def overwritten(x, size, **options):
    y, backward = max_pool2d(x, size, **options)

    def last_one_wins(dy):
        dx = np.zeros(x.shape, dy.dtype)
        for place in np.ndindex(dy.shape):
            alone = np.zeros(dy.shape, dy.dtype)
            alone[place] = 1
            dx = np.where(backward(alone)[0] == 1, dy[place], dx)
        return (dx,)

    return y, last_one_wins


print(overwritten(pixels, (1, 2), stride=1)[1](arrives)[0].ravel())
check(MAX_POOL2D, overwritten)

# %% [markdown]
# The op itself also has padding, which counts as minus infinity, so that a border never wins:

# %%
show("max_pool2d.y#definition")

# %%
show("max_pool2d.dx#routing")

# %%
show("max_pool2d.dx#sift")

# %%
show("max_pool2d.dx#conclusion")

# %% [markdown]
# **The SymPy cell**, with the letters of a middle pixel that is the largest:

# %%
x, dy = symbols("x", 1, 1, 1, 5)[..., 1:4], symbols("dy", 1, 1, 1, 2)
y, backward = max_pool2d(x, (1, 2), stride=1)
by_sympy = sympy.diff((dy * y).sum().expression, x[0, 0, 0, 1].expression)
print(by_sympy, "  difference:", by_sympy - backward(dy)[0][0, 0, 0, 1].expression)

# %% [markdown]
# (Where the program compares letters, each has a hidden number that decides. The checker goes through
# every order of them, ties included.)
#
# ### Mean
#
# Blocks of P x Q, side by side:

# %%
show("mean_pool_blocks.y#definition")

# %%
show("mean_pool_blocks.dx#blocks")

# %% [markdown]
# Which block is that? Divide with remainder: pixel row 5 with blocks of 2 is in block 2.

# %%
show("mean_pool_blocks.dx#floor")

# %% [markdown]
# Each pixel gets the gradient of its block, divided by the number of its pixels. And for the op, with
# any stride and padding (its zeros count as entries):

# %%
show("mean_pool2d.dx#windows")

# %%
show("mean_pool2d.dx#sift")

# %%
show("mean_pool2d.dx#conclusion")

# %%
x, dy = symbols("x", 1, 1, 3, 3), symbols("dy", 1, 1, 2, 2)
y, backward = mean_pool2d(x, 2, stride=1)
by_sympy = sympy.diff((dy * y).sum().expression, x[0, 0, 0, 1].expression)
print(by_sympy, "  difference:", sympy.expand(by_sympy - backward(dy)[0][0, 0, 0, 1].expression))

# %% [markdown]
# The usual slip is to copy the gradient to the whole block and forget the division. (That is the
# right thing for *sum* pooling.)


# %%
def copied(x, size, **options):
    return mean_pool2d(x, size, **options)[0], sum_pool2d(x, size, **options)[1]


check(MEAN_POOL2D, copied)

# %% [markdown]
# ### Must the sum of the gradients be kept?
#
# The study notes found their rules on a principle: on the way back, the sum of the gradients must not
# change. Is that so? For the maximum, add up `dx` over all pixels, window by window:

# %%
show("max_pool_blocks.total#windows")

# %%
show("max_pool_blocks.total#one-each")

# %% [markdown]
# For the mean over blocks:

# %%
show("mean_pool_blocks.total#blocks")

# %%
show("mean_pool_blocks.total#count")

# %% [markdown]
# Both times it is so: because the weights of a maximum (one 1, else 0) and of a mean (P Q times
# 1/(P Q)) add up to 1. It is a *consequence*. Bouvrie's networks pool by sums. Then copying is right,

# %%
show("sum_pool_blocks.copied#definition")

# %%
show("sum_pool_blocks.total#blocks")

# %%
show("sum_pool_blocks.total#count")

# %% [markdown]
# and the total is P Q times as large. And a mean with padding gives the border its share, which is lost.
# Each of the following is the right gradient of its function, by the chain rule, which is the only
# principle there is:

# %%
four_by_four = np.arange(16.0).reshape(1, 1, 4, 4)
cases = {"max": (max_pool2d, {}), "mean": (mean_pool2d, {}), "sum": (sum_pool2d, {})}
cases["mean, stride 1, padding 1"] = (mean_pool2d, {"stride": 1, "padding": 1})
for name, (pool, options) in cases.items():
    y, backward = pool(four_by_four, 2, **options)
    print(f"{name:26} arrived {y.size:2}, handed on {backward(np.ones_like(y))[0].sum():g}")

# %% [markdown]
# ## 7. A network reads digits
#
# All pieces are there. First once more on letters, end to end: a convolution, relu, maximum, two
# outputs, squared error, nine parameters.

# %%
tiny = Sequential(Conv2d(1, 1, 2), Relu(), MaxPool2d(2), Flatten(), Affine(1, 2))
w_, b_, v_, c_ = symbols("w", 1, 1, 2, 2), symbols("b", 1), symbols("v", 2, 1), symbols("c", 2)
letters = ({"w": w_, "b": b_}, {}, {}, {}, {"w": v_, "b": c_})
x_, t_ = symbols("x", 1, 1, 3, 3), symbols("t", 1, 2)
loss, (conv, *_, dense) = loss_and_gradient(tiny, letters, x_, t_, loss=squared_error)

# %%
unknowns = np.concatenate([each.ravel() for each in (w_, b_, v_, c_)])
ours = np.concatenate([g[name].ravel() for g in (conv, dense) for name in ("w", "b")])
pairs = [(p.expression, g.expression) for p, g in zip(unknowns, ours, strict=True)]
found = {sympy.expand(sympy.diff(loss.expression, p) - g) for p, g in pairs}
print(len(pairs), "derivatives; the differences that occur:", found)

# %% [markdown]
# One of them to read, `w[0,0,1,0]`, for gradients `e` that arrive at the two outputs:

# %%
_, backward_ = tiny.apply(letters, x_)
_, (conv, *_) = backward_(symbols("e", 1, 2))
print(conv["w"][0, 0, 1, 0].expression)

# %% [markdown]
# From the outputs, through the dense weights `v`, to the place that won the maximum, and there to the
# pixel that this weight met. The other three places do not occur.
#
# ### Training

# %%
model = digits_cnn()
print(*model.layers, sep="\n")
print("parameters:", *parameter_counts(model), " together", sum(parameter_counts(model)))

# %% [markdown]
# By hand: $(9+1)\cdot16=160$ in the first layer, $(16\cdot9+1)\cdot32=4640$ in the second, and
# $32\cdot2\cdot2\cdot10+10=1290$ for the scores. (Kernel gradients are sums over the places, so a
# weight of the first layer hears from 64 places per image.)

# %%
digits = load_digits(np.float64)
settings = {"optimiser": SGD(0.1, momentum=0.9), "epochs": 15, "batch_size": 32, "l2": 1e-4}
run = fit(model, digits.x_train, digits.t_train, rng=np.random.default_rng(1), **settings)
measured(run.history[0].loss, 0.8, 1.6, label="loss in the first epoch")
measured(run.history[-1].train_accuracy, 0.985, 1, digits=4, label="training accuracy")

# %%
predicted = predict(model, run.params, digits.x_test)
measured(accuracy(predicted, digits.t_test), 0.975, 1, digits=4, label="test accuracy")

# %% [markdown]
# One split of 360 test digits is a small sample: one digit is 0.28 %. Five parts of the data, each once
# the test set, and that twice (`benchmarks/digits_cnn_folds.py`, its ten results are in
# `benchmarks/results/digits_cnn_folds.json`): 98.7 % on average, the worst 97.5 %. What is left over:

# %% tags=["loose-figure"]
mistakes(digits.x_test, digits.t_test, predicted, most=5)

# %% [markdown]
# ### What was learnt
#
# The 16 kernels of the first layer:

# %% tags=["loose-figure"]
filters(run.params[0]["w"])

# %% [markdown]
# Nobody asked for edges. Gradient descent found that differences of neighbouring pixels are worth
# having: blue beside red, in several directions. And what the layers make of one image:

# %% tags=["loose-figure"]
one = digits.x_test[:1]
stages = {"convolution, relu": 2, "maximum": 3, "convolution, relu again": 5, "maximum again": 6}
maps = {
    name: Sequential(*model.layers[:depth]).apply(run.params[:depth], one)[0][0]
    for name, depth in stages.items()
}
feature_maps(one[0], maps)

# %% [markdown]
# ### The gradient of a pixel
#
# The first layer's `dx` is not needed for training. But it can be looked at: which pixels would raise
# the score of the class that was found, which ones lower it?

# %% tags=["loose-figure"]
scores, backward = model.apply(run.params, one, need_dx=True)
winner = np.eye(10)[scores.argmax(axis=1)]
feature_maps(one[0], {f"gradient of score {scores.argmax()}": backward(winner)[0][0]})

# %% [markdown]
# Red pixels speak for it, blue ones against it, for *this* image: the network is not linear, another
# image has another map. Eight layers of formulas stand between the score and the pixel, and each of
# them is on these pages.
#
# ### Against the network of chapter 02

# %%
dense = mlp(64, 40, 10, initialise="he")
settings |= {"epochs": 30, "l2": 5e-4}
flat = fit(dense, digits.x_train, digits.t_train, rng=np.random.default_rng(1), **settings)
right = accuracy(predict(dense, flat.params, digits.x_test), digits.t_test)
print(sum(parameter_counts(dense)), "parameters")
measured(right, 0.97, 1, digits=4, label="test accuracy")

# %% [markdown]
# A draw, to be honest: on clean, centred 8x8 digits there is little left to win, and the smaller
# network does as well within what 360 digits can tell. The difference shows where the images are *not*
# centred. Push each test digit by one pixel, in four directions:


# %%
def pushed(x, rows, columns):
    moved = np.zeros_like(x)
    into = [slice(max(s, 0), 8 + min(s, 0)) for s in (rows, columns)]
    out_of = [slice(max(-s, 0), 8 + min(-s, 0)) for s in (rows, columns)]
    moved[..., into[0], into[1]] = x[..., out_of[0], out_of[1]]
    return moved


moved = [pushed(digits.x_test, *s) for s in ((1, 0), (-1, 0), (0, 1), (0, -1))]
both = {"convolutional": (model, run.params), "fully connected": (dense, flat.params)}
hits = {
    name: np.mean([accuracy(predict(net, params, each), digits.t_test) for each in moved])
    for name, (net, params) in both.items()
}
measured(hits["convolutional"], 0.55, 0.85, label="pushed by a pixel, convolutional")
measured(hits["fully connected"], 0.35, 0.55, label="pushed by a pixel, fully connected")
measured(
    hits["convolutional"] - hits["fully connected"], 0.08, 0.45, label="lead of the convolutional"
)

# %% [markdown]
# Both suffer, the convolutional network less: its maps move along with the image (page 03a, section
# 10), and maxima forgive part of it. Not all: a push by one is no whole block of two, the last
# layer knows places, and some ink falls off the edge. So much for "translation invariant".
#
# ## 8. Nine questions
#
# The study notes open with nine questions and give eight answers. Page 03a has a table with all nine;
# here are those about the way back, and the one that was left out.
#
# *5. How does pooling treat backpropagation?* By the chain rule: the mean hands on equal shares, the
# maximum hands everything to the recorded place, and both **add** where windows overlap (section 6).
# The notes spread "the loss"; what is spread is its gradient.
#
# *6. How many parameters?* In section 7: $(PQC+1)\,O$ per layer, whatever the size of the image.
#
# *8. How does backpropagation work with shared weights?* No answer in the notes. A shared weight is
# used at many places, each place is a path from the weight to the loss, and paths add up: 5.25, in
# section 2, and with everything in section 5. The bias is the simplest case, 5.27.
#
# *9. How does a relu go backward, and why relu?* With a mask (chapter 02, section 5). At 0 the notes
# take the slope 1, Zhang and this course 0.
#
# ## 9. On your own
#
# Pencil first, then add cells and check.

# %% [markdown]
# **a.** In section 1, let only the gradient at the top right arrive, the others be 0. Which pixels get
# something, and what?
#
# <details><summary>Solution</summary>
#
# The window of that output: pixels (0,1), (0,2), (1,1), (1,2), times 1, 2, 3, 4. A single gradient
# writes a copy of the kernel, *not* turned, into `dx`. (A hint for section 3: the sum of such copies
# is a convolution.)
# </details>

# %% [markdown]
# **b.** A kernel of 1x1. What are `dw`, `db` and `dx`, and which layer of chapter 02 is this?
#
# <details><summary>Solution</summary>
#
# $\mathrm{dw}[o,c]=\sum_{n,i,j}\mathrm{dz}[n,o,i,j]\,x[n,c,i,j]$ and
# $\mathrm{dx}[n,c,u,v]=\sum_o\mathrm{dz}[n,o,u,v]\,w[o,c]$: an affine layer, applied to every pixel with
# the same weights, so to N U V samples.
# </details>

# %% [markdown]
# **c.** Kernel 1, stride 2, a row of five pixels. Which pixels have gradient 0 whatever arrives? Same
# question for kernel 2, stride 3, eight pixels.
#
# <details><summary>Solution</summary>
#
# Pixels 1 and 3: they are jumped over. With kernel 2 and stride 3 the windows are 0-1, 3-4, 6-7; 2 and
# 5 are never seen. So it is not only the remainder at the far end: with $S>G(P-1)+1$ there are gaps
# between the windows.
# </details>

# %% [markdown]
# **d.** How many zeros does the spread and bordered `dz` hold for 10x10 gradients, stride 3, kernel
# 5x5? What does that say about running the recipe of section 5 as a program?
#
# <details><summary>Solution</summary>
#
# Spread: 28x28. Bordered with 4: 36x36 = 1296 entries, 1196 of them 0. The recipe multiplies mostly
# with zeros. `conv2d` goes the other way round: it computes all products `w dz` and *adds* them where
# they belong.
# </details>

# %% [markdown]
# **e.** Windows of 3, stride 2, maximum, pixels (1, 2, 9, 4, 3). The gradients (5, 7) arrive. Gradient
# by maximum, and by mean?
#
# <details><summary>Solution</summary>
#
# Both windows, (1, 2, 9) and (9, 4, 3), choose the 9: (0, 0, 12, 0, 0). Mean: shares 5/3 and 7/3, and
# both for the 9: (5/3, 5/3, 4, 7/3, 7/3). Both add up to 12.
#
# ```python
# x = np.array([[[[1.0, 2, 9, 4, 3]]]])
# print(max_pool2d(x, (1, 3), stride=(1, 2))[1](np.array([[[[5.0, 7]]]]))[0])
# ```
# </details>

# %% [markdown]
# **f.** Write a kernel gradient that leaves out the last row of places, as in a loop that ends one too
# early. Let the checker name the entry. At which sizes would it go unnoticed?
#
# <details><summary>Solution</summary>
#
# ```python
# def one_row_short(x, w, b=None, **options):
#     z, backward = conv2d(x, w, b, **options)
#
#     def short(dz):
#         less = dz.copy()
#         less[:, :, -1] = 0
#         return backward(dz)[0], backward(less)[1], backward(dz)[2]
#
#     return z, short
#
#
# check(CONV2D, one_row_short)
# ```
#
# It names `one_row_short.dw[0, 0, 0, 0]` at once. Unnoticed only where the last row sees nothing but
# padding, or where its gradients are 0.
# </details>

# %% [markdown]
# **g.** Is "forward a convolution, backward a correlation" also true of padding: what is the way back of
# a layer with stride 1 and *same* padding, kernel 3x3?
#
# <details><summary>Solution</summary>
#
# Z = 1 is cut off the full correlation with border 2, so a border of 1 is left: the way back has *same*
# padding, too, with the turned kernel. In general the border is $G(P-1)-Z$.
# </details>

# %% [markdown]
# ## Sources
#
# - H. Zhang, *深度学习基础及数学原理* (Foundations and mathematics of deep learning), 2016: sections 5.3
# to 5.5, equations 5.23 to 5.35. Prose, code, numbers and pictures here are our own.
# - manutdzou, *为什么CNN反向传播计算梯度时需要将权重旋转180度*, 2016: the picture of section 1, the
# question and the formulas of section 3 (images there).
# - J. Bouvrie, *Notes on Convolutional Neural Networks*, 2006, section 3.1, in a Chinese retelling
# (zouxy09, 2013): kernel gradient through windows, the MATLAB one-liners, sum pooling.
# - *卷积神经网络——卷积层、池化层和激活函数*, study notes on a course by A. Ng, 2018, sections 1.1, 1.8 to
# 1.10 (in part after a post of 迷川浩浩): the nine questions, pooling backward.
# - E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
# Repository, [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0: the digits.
#
# What we say differently from the sources, and where it was shown above:
#
# | place | as printed | here |
# |---|---|---|
# | Zhang 5.28 | by $\mathbf X(i_l+i,\dots)$, $i_l$ summed over | by `x[u,v]` (section 2) |
# | Zhang 5.29 | a factor $\mathbf W(i,j,d,d_l)$ | $w[u-i',v-j']$, where it exists (2) |
# | both | no sum over the maps $d_l$ | a sum over `o'` (2) |
# | after them | backward convolves, filters flipped | `dx`: full mode; `dw`: not flipped (2) |
# | the same | with any stride | zeros between the gradients (5) |
# | Zhang 5.4.2 | pass the derivative to the recorded index | *add* it there (6) |
# | rot180 page | times the activation function | times its derivative (3) |
# | the same | one map above; no mode | sum over the maps above; full (3) |
# | the same | $y=y'-a$ | $y=y'-b$ (3) |
# | the same | the reciprocal (倒数) of the error | the derivative (导数) (3) |
# | the same, image 13 | $\sigma(z^l)$ in the first step | $\sigma(z^{l-1})$ (3) |
# | the same, end | correlation of delta and the map | of the map with delta (3) |
# | Bouvrie, retold | windows, multiplied with the kernel | windows turned by 180°, summed (3) |
# | study notes 1.1 | no answer to question 8 | the places add up (2, 5, 8) |
# | the same | spread the loss | its gradient (8) |
# | study notes 1.8 | the sum of the gradients must be kept | for mean and maximum it is (6) |
# | the same | to the recorded place | added there (6) |
#
# Next: chapter 04, subsampling and learned combinations of maps.

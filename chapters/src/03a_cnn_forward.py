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
# # Convolutional networks, forward
#
# The networks of chapter 02 do not know that their input is an image. A *convolutional network*
# (卷积神经网络, CNN, ConvNet) does: its units look at small pieces, and all of them look for the
# same thing. This page builds its layers one by one and runs them. How they learn is the next page,
# 03b.
#
# **What you will do.** Shuffle the pixels of all digits and see that a dense layer does not mind.
# Slide a kernel over an image by hand. Find edges, of any angle, and let gradient descent find the
# same filter. Count windows, rows and parameters of whole networks, and catch printed formulas that
# cannot be right. Move a digit by one pixel and watch who notices.
#
# **What you will learn.** What sparse connections and shared weights are, and what they save; the
# convolution sum, with channels, bias, stride, padding, dilation; why it is a correlation; pooling;
# the receptive field; equivariance, which is not invariance.
#
# **What you need.** The pages *Linear scores and softmax* and *Layers and backpropagation*. About
# two hours, and it is made to be left and come back to.

# %%
# %matplotlib inline
import inspect
from dataclasses import replace

import numpy as np

from cnnmath import (
    affine,
    conv2d,
    conv2d_output_size,
    flatten,
    max_pool2d,
    mean_pool2d,
    relu,
    rot180,
    squared_error,
    sum_pool2d,
)

# %%
from cnnmath.course.feature_maps import edge_filters, feature_maps
from cnnmath.course.figures import image_grid
from cnnmath.course.figures_cnn import (
    dense_local_shared,
    receptive_field,
    stride_and_padding,
    weight_matrix,
)
from cnnmath.course.number_tables import Table, kernel_on_image, tables
from cnnmath.course.present import expect, measured
from cnnmath.course.show import show
from cnnmath.course.slider import forward_frames, slider

# %%
from cnnmath.data import load_digits
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
    lenet5,
    parameter_counts,
    predict,
    softmax_regression,
)

# %%
from cnnmath.ops import CONV2D, ShapeError
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.loops import loops
from cnnmath.proof.tie import Broken, tie
from cnnmath.proof.verdict import Refuted
from cnnmath.results.lookup import derivation

# %% [markdown]
# Four sources meet here. H. Zhang's text of 2016 (chapter 5) gives the numbers at the right of the
# formulas, and most of the claims that we check come from study notes on a course by A. Ng.
#
# | here | Zhang | study notes | Bouvrie | what |
# |---|---|---|---|---|
# | `x[n,c,u,v]` | $\mathbf X(i,j,d)$ | $a^{[l-1]}$ | $x_i^{\ell-1}$ | input: sample, channel, row, column |
# | C, U, V | $D_{l-1}$, $H_{l-1}$, $W_{l-1}$ | $n_c^{[l-1]}$, $n$, $n$ | | sizes of the input |
# | `w[o,c,p,q]`, `b[o]` | $\mathbf W(i,j,d,d_l)$, $b_{d_l}$ | $W$, $b$ | $k_{ij}$, $b_j$ | kernels, biases |
# | P, Q | $F_1$, $F_2$ | $f$, $f$ | | rows `p`, columns `q` of a kernel |
# | `z[n,o,i,j]` | $\mathbf A(i_l,j_l,d_l)$ | | $u_j^\ell$ | output map (特征图) |
# | O, I, J | $D_l$, $H_l$, $W_l$ | $n_c^{[l]}$, $n^{[l]}$ | | sizes of the output |
# | S, Z, G | $S$, $P_1$ and $P_2$ | $s$, $p$ | | stride, padding, dilation |
#
# (Zhang uses $W$ for weights and widths and $D$ for data and depths, and says so. One letter, one
# meaning, is the rule here.)
#
# ## 1. What a dense layer does not know
#
# Three digits, and the same digits with their 64 pixels in another order.

# %%
digits = load_digits(np.float64)
images, labels = digits.x_train, digits.t_train
order = np.random.default_rng(0).permutation(64)


def shuffled(x):
    return x.reshape(-1, 64)[:, order].reshape(x.shape)


three = np.stack([images[19], images[labels == 2][4], images[labels == 4][9]])
image_grid(np.concatenate([three, shuffled(three)]), columns=3)

# %% [markdown]
# Can you read the second row? Now let the linear classifier of chapter 01 learn from shuffled
# digits only, all shuffled alike, and read shuffled test digits.

# %%
linear, settings = softmax_regression(), {"optimiser": SGD(0.5), "epochs": 10, "batch_size": 32}
for name, view in (("shuffled", shuffled), ("as they are", np.copy)):
    dense_run = fit(linear, view(images), labels, rng=np.random.default_rng(0), **settings)
    right = accuracy(predict(linear, dense_run.params, view(digits.x_test)), digits.t_test)
    measured(right, 0.94, 0.98, label=f"{name}: test accuracy")

# %% [markdown]
# It does not mind at all. Every pixel has a weight of its own, in any order, so the layer has no
# idea which pixels are neighbours. You have, and the shuffled digits are hard for you because what
# makes an image an image is in the neighbourhoods: edges, corners, strokes.
#
# So keep the image an image. (Other inputs with neighbours will do, too: a sentence is a row of
# words.)

# %% [markdown] tags=["definition"]
# The training set consists of images now, each a *tensor* (张量) of C channels (通道), U rows and V
# columns, not of rows of numbers:
#
# $$\mathcal D = \{(x_n, t_n)\}_{n=0}^{N-1}, \tag{5.1}$$
#
# $$x_n \in \mathbb R^{C\times U\times V}, \tag{5.2}$$
#
# $$t_n \in \{0, 1, \dots, K-1\}. \tag{5.3}$$

# %% [markdown]
# (Zhang counts labels from 1 in this chapter and from 0 in the chapter with the loss. With labels
# up to K and scores from 0 to K - 1, the last class would have no score.)
#
# A dense layer (全连接层, fully connected) on tensors gives each unit a weight tensor of the shape
# of the image:

# %%
show("dense_on_maps.a#definition", tag="5.8")

# %% [markdown]
# Nothing new: it is the affine map of chapter 02 on the image written as one long row. `flatten`
# writes it, channel by channel and row by row, and `y` is what it returns. Every entry has its
# place:

# %%
show("flatten.place#claim")

# %%
rng = np.random.default_rng(0)
x, w = rng.integers(-9, 10, (2, 3, 4, 4)).astype(float), rng.integers(-9, 10, (5, 3, 4, 4)) * 1.0
a, _ = affine(flatten(x)[0], flatten(w)[0], np.zeros(5))
print((a == np.einsum("kcuv,ncuv->nk", w, x)).all())

# %% [markdown]
# (Whole numbers, so nothing is rounded and `==` may be asked. In 5.7 and 5.8 Zhang writes $\mathbf
# W\odot\mathbf X$ for this sum of products. In the rest of the text $\odot$ multiplies entry by
# entry: of (1, 2) and (3, 4) that makes (3, 8), and the sum is 11.)
#
# And it does not come cheap. The weights of *one* unit:

# %%
for side in (32, 200):
    unit = Affine(side * side * 3, 1, "zero")
    print(f"{side} x {side} x 3: {unit.init(rng)['w'].size:,} weights")

# %% [markdown]
# The first is CIFAR-10, a data set of small photographs, the second still a small photograph. Many
# weights mean many products, and many ways to learn by heart (过拟合, overfitting).
#
# ## 2. From dense to local to shared
#
# Two simplifications. Six pixels in a row, four units above them:

# %%
dense_local_shared()

# %% [markdown]
# **Sparse connections** (稀疏连接). Distant pixels have little to say to each other, so let a unit
# look at a small window only, P rows and Q columns, but at all channels. The window is its
# *receptive field* (感受野).
#
# **Shared weights** (权值共享). An edge at the top left looks like an edge at the bottom right.
# What is good for finding one there is good for finding it elsewhere, so let all units of a *map*
# have the same weights. These weights are called a *kernel* (卷积核) or *filter* (滤波器).
#
# What does that save? A colour image of 32 x 32, six maps of 28 x 28, windows of 5 x 5:

# %%
dense = parameter_counts(Sequential(Affine(3 * 32 * 32, 6 * 28 * 28, "zero")))[0]
local = 6 * 28 * 28 * (3 * 5 * 5 + 1)  # a window and a bias for each unit
shared = parameter_counts(Sequential(Conv2d(3, 6, 5)))[0]
print(f"dense {dense:,}   local {local:,}   shared {shared:,}")

# %% [markdown]
# From fourteen million to 456. The study notes count the first as 14,450,688 (without biases), and
# the last one as 150. That is a slip, and section 7 finds it.
#
# The *connections* have not gone, only the weights: Bouvrie's notes call that an implicit
# regularisation. The first layer of the network LeNet-5 has six maps of 28 x 28 with windows of 5 x
# 5 on one channel:

# %%
first = Conv2d(1, 6, 5)
parameters = parameter_counts(Sequential(first))[0]
print(f"{parameters} parameters, {28 * 28 * parameters:,} connections")

# %% [markdown]
# ### It is still a matrix
#
# Take an image of 3 x 3 and a kernel of 2 x 2, numbered 1 to 4. There are 2 x 2 places for the
# kernel, so four outputs. Write the nine pixels as one column; then the layer is a matrix with four
# rows (the example of the page on 180 degrees):

# %%
kernel = np.array([[1.0, 2.0], [3.0, 4.0]])
weight_matrix(kernel, (3, 3))

# %% [markdown]
# Each row holds the four weights, each row a little further to the right, and zeros: 16 connections
# of 36, four different weights. In letters, `T` is that matrix. A row belongs to an output (map
# `o`, place `i`, `j`), a column to an input entry (channel `c`, place `u`, `v`). S and Z are the
# stride and the padding of section 6; read 1 and 0 for now.

# %%
show("conv_matrix.T#definition")

# %% [markdown]
# The brackets say which kernel entry lies on which pixel. At most one does:

# %%
show("conv_matrix.entry#claim")

# %% [markdown]
# Sparse: 0 outside of the window. Shared: `i`, `j` enter only through the differences. Now put this
# matrix into the formula of the dense layer, and out comes the sum over a window, which is the
# subject of this page:

# %%
show("conv_matrix.forward#claim")

# %% [markdown]
# So everything that chapter 02 says of dense layers holds here, too. The way back multiplies by the
# transposed matrix, as there. (What that looks like as a sum is the subject of page 03b.)

# %%
show("conv_matrix.transposed#claim")


# %% [markdown]
# In numbers: how do you find the matrix of a program? Feed it images with a single 1, the answers
# are the columns. The helper `slide` runs the op `conv2d` on one image and one kernel.


# %%
def slide(x, w, **where):
    x, w = np.asarray(x, float), np.asarray(w, float)
    return conv2d(x[None, None], w[None, None], **where)[0][0, 0]


matrix = np.stack([slide(one.reshape(3, 3), kernel).ravel() for one in np.eye(9)], axis=1)
x = rng.integers(-9, 10, (3, 3)).astype(float)
print(matrix.astype(int))
print(matrix @ x.ravel(), slide(x, kernel).ravel())

# %% [markdown]
# ## 3. The convolution sum
#
# Lay the kernel on the image, multiply what lies on each other, add up, write the sum down, move on
# by one pixel.

# %%
x = np.array([[1, 2, 0, 1], [0, 1, 3, 1], [2, 1, 0, 0], [1, 0, 1, 2]])
w = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
kernel_on_image(x, w, 0, 1)

# %% [markdown]
# All steps of it; move the slider. Compute the last one before you look.

# %%
slider(forward_frames(x, w), "a kernel of 3 x 3 on an image of 4 x 4")

# %% [markdown]
# In letters, with everything there is: a sum over the window and over all channels, for each map
# `o` of each sample `n`, and one bias per map.

# %%
show("conv_layer.z#definition", tag="5.10")

# %% [markdown]
# The operation is called *convolution* (卷积; 5.9 writes it as a star).
#
# A formula of this course is an object with several readings. You saw the one for people. Here is
# the same object as loops, as one would write them by hand:

# %%
code = loops(derivation("conv_layer").definitions["z"])
print(code)

# %% [markdown]
# Seven loops: four to go through the outputs, three for the sum. Does the op do the same? Two
# samples, two channels, three maps, kernels of 2 x 3, and whole numbers, so that we may ask for
# equality to the last bit:

# %%
sizes = {"N": 2, "C": 2, "O": 3, "I": 3, "J": 4, "P": 2, "Q": 3}
shapes = (2, 2, 4, 6), (3, 2, 2, 3), (3,)
arrays = [rng.integers(-9, 10, shape).astype(float) for shape in shapes]
z = np.full((2, 3, 3, 4), np.nan)
exec(code, sizes | dict(zip("xwb", arrays, strict=True)) | {"z": z})
print((z == conv2d(*arrays)[0]).all())

# %% [markdown]
# The op itself has no loop at all: it checks, picks a way to compute these sums, and adds the bias. The
# ways, and how they get away with hardly a loop, are a story for chapter 05.

# %%
print(inspect.getsource(conv2d))

# %% [markdown]
# ## 4. Edge filters
#
# What is such a sum good for? Left half bright (10), right half dark (0), and a kernel of three
# columns, 1, 0 and -1:

# %%
bright, vertical = np.repeat([[10, 10, 10, 0, 0, 0]], 6, axis=0), [[1, 0, -1]] * 3
print(slide(bright, vertical).astype(int))
print(slide(np.fliplr(bright), vertical).astype(int)[0], "from dark to bright")

# %% [markdown]
# By hand: where the window sees only bright or only dark, 1 and -1 cancel. At the border three
# bright pixels count: $3\cdot1\cdot10=30$. This is *edge detection* (边缘检测), and the sign tells
# the direction. What matters in such a filter? "The middle column must be 0, and left and right as
# different as possible", say the notes. Try rows of (2, 0, -1), which are more different than (1,
# 0, -1), on an image without any edge:

# %%
flat = np.full((3, 3), 10)
for row in ([1, 0, -1], [2, 0, -1], [1, -2, 1]):
    print(row, "makes of a flat image", slide(flat, [row] * 3).astype(int))

# %% [markdown]
# What matters is that the weights add up to 0; then a flat region gives 0. (If each *row* does,
# edges along the rows give 0, too.) A larger difference only makes the numbers larger. Other
# weights with the sum 0 will do: Sobel's filter, for instance, counts the middle row twice. A disc
# has edges of all directions:

# %%
row, column = np.indices((28, 28))
disc = ((row - 13.5) ** 2 + (column - 13.5) ** 2 < 90).astype(float)
sobel = np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
diagonal = np.array([[0.0, 1, 2], [-1, 0, 1], [-2, -1, 0]])
names = ["vertical", "horizontal", "Sobel", "45°"]
four = [vertical, np.transpose(vertical), sobel, diagonal]
edge_filters(disc, four, names)

# %% [markdown]
# Red where it gets darker in the direction from the 1 to the -1, blue where it gets brighter. And a
# real digit, the zero of the page *Start here*:

# %%
zero = images[19, 0]
edge_filters(zero, four, names)

# %% [markdown]
# A ring has an outer and an inner edge, so each colour comes twice. A filter for any angle is a
# mixture of two, $\cos\alpha$ times Sobel and $\sin\alpha$ times Sobel transposed. Eight of them,
# every 45 degrees, will serve below; and one for 73 degrees, because the notes promise that a
# network can learn even that.


# %%
def tilted(degrees):
    angle = np.radians(degrees)
    return np.cos(angle) * sobel + np.sin(angle) * sobel.T


eight = np.stack([tilted(degrees) for degrees in range(0, 360, 45)])[:, None]
print(tilted(73).round(2))

# %% [markdown]
# ### Learnt instead of made
#
# Show a convolution layer the digits, and as targets what Sobel's filter and the 73-degree filter
# make of them. It starts with random weights. The loss is the squared error of chapter 02; how the
# gradient is found is told on page 03b.

# %%
made = np.stack([sobel, tilted(73)])[:, None]
wanted, _ = flatten(conv2d(images, made)[0])
model = Sequential(Conv2d(1, 2, 3), Flatten())
settings = {"epochs": 10, "batch_size": 50, "rng": np.random.default_rng(0)}
run = fit(model, images, wanted, optimiser=SGD(0.02, momentum=0.9), loss=squared_error, **settings)

# %%
learnt = run.params[0]["w"]
measured(run.history[0].step_losses[0], 100, 250, label="loss of the first batch")
measured(abs(learnt - made).max(), 0, 1e-4, label="largest difference of a weight at the end")

# %% [markdown]
# The hand-made filters, to four digits and more. No wonder: the outputs are linear in the weights,
# so this loss is a bowl (chapter 01, section 16), with the hand-made filters at its bottom. In a
# network nobody gives such targets. What filters a network finds by itself is shown on page 03b.
#
# ## 5. Convolution or correlation?
#
# Mathematicians know another convolution: there the kernel is turned by 180 degrees before it
# slides. In one dimension: image (1, 2, 3), kernel (1, 10). We compute $1\cdot1+10\cdot2=21$ and
# $1\cdot2+10\cdot3=32$. Turned, it is $10\cdot1+1\cdot2=12$ and $10\cdot2+1\cdot3=23$.
#
# What this page does is properly called *cross-correlation* (互相关). Every framework does it and
# calls it convolution, and so does Zhang, with a footnote. MATLAB's `conv2` and the sources of page
# 03b use the proper one. How do the two relate? Turning:

# %%
show("true_convolution.rotated#definition")

# %%
print(rot180(kernel).tolist(), "but transposed:", kernel.T.tolist())

# %% [markdown]
# Rows and columns are both reversed; that is not the transposed matrix. (If the middle of the
# kernel is called (0, 0), turning is $w_{-p,-q}$.) The proper convolution, where the kernel fits:

# %%
show("true_convolution.z#definition")

# %% [markdown]
# It runs through the image forwards and through the kernel backwards. Replace `p` by `P - 1 - p`,
# and it is a correlation with the turned kernel:

# %%
show("true_convolution.forward#rotated")

# %% [markdown]
# Who has `conv2` and wants a correlation turns the kernel first. Then `conv2` turns it back. (One
# of our sources says that the definition of convolution asks for turning first. It is the other way
# round: one turns in order to *undo* what the definition does.)

# %%
show("true_convolution.twice#claim")

# %% [markdown]
# MATLAB's `conv2`, in three lines of ours. With `shape="full"` the kernel also goes to all places
# where it overlaps the image at all, as if there were zeros around. NumPy has the proper
# convolution in one dimension, so compare:


# %%
def conv2(x, k, shape="full"):
    rows, columns = np.shape(k)
    padding = (rows - 1, columns - 1) if shape == "full" else 0
    return slide(x, rot180(np.array(k, float)), padding=padding)


print(conv2([[1, 2, 3]], [[1, 10]])[0], np.convolve([1, 2, 3], [1, 10]))
print(conv2([[1, 2, 3]], [[1, 10]], "valid")[0], np.convolve([1, 2, 3], [1, 10], "valid"))

# %% [markdown]
# (The full convolution is long multiplication: with the ones first, 12 times 13 reads (2, 1) and
# (3, 1), and they make (6, 5, 1).)
#
# In two dimensions, the four outputs of the example with the 3 x 3 image, both ways. At the top
# left the proper convolution multiplies pixel `x[0,0]` by `k[1,1]`:

# %%
nine = np.array([[1.0, 2, 0], [0, 1, 3], [2, 0, 1]])
print(conv2(nine, kernel, "valid").tolist(), "convolution")
print(slide(nine, kernel).tolist(), "correlation")

# %% [markdown]
# Why do mathematicians bother? Because the proper convolution *commutes*: image and kernel may
# change places. In one dimension:

# %%
show("full_convolution.full#definition")

# %%
show("full_convolution.commutes#claim")

# %% [markdown]
# Correlation does not. The checker finds the smallest case:

# %%
D = Derivation("correlation")
H, P = D.sizes("H P")
h, p, m = D.indices(h=H, p=P, m=H + P - 1)
x, k = D.tensor("x", H), D.tensor("k", P)
full = D.Sum(p, k[p] * x[m - P + 1 + p] * D.inside(m - P + 1 + p, H))
other = D.Sum(h, x[h] * k[m - H + 1 + h] * D.inside(m - H + 1 + h, P))
expect(Refuted, lambda: D.claim("commutes", full, other, because="as for convolution"))

# %% [markdown]
# For learning it makes no difference: with the other convention the learnt kernel comes out turned.
# But a program must keep to one of them. Swap in the proper convolution where the formula says
# correlation, and the checker names the entry, with symbols for all numbers. Look at the order of
# the weights:


# %%
def turned(x, w, b=None, **where):
    return conv2d(x, rot180(w), b, **where)


expect(Broken, lambda: tie(replace(CONV2D, forward=turned), CONV2D.cases[1]))

# %% [markdown]
# The very first entry of the first layer that has more than one weight. (It did pass the case of a
# 1 x 1 kernel before: what would you turn there?)
#
# ## 6. Padding, stride, dilation
#
# Where does the kernel lie, and how often? Here are four settings, for an image of 7 x 7 and a 3 x
# 3 kernel. Each bar is a window, seen from above, and the orange one is drawn in.

# %%
stride_and_padding(7, 3, [(1, 0), (2, 0), (3, 0), (1, 1)])

# %% [markdown]
# ### Padding
#
# Without help, a map shrinks by P - 1 rows per layer, and the pixels at the border count less. How
# many windows of 3 x 3 see each pixel of a 5 x 5 image? Let each of the nine windows put a 1 on
# what it sees:

# %%
print(conv2(np.ones((3, 3)), np.ones((3, 3))).astype(int))

# %% [markdown]
# The middle is seen nine times, a corner once. *Padding* (填充) puts Z rows and columns of zeros
# around the image. We write the padded image with a bar:

# %%
show("conv2d.xp#definition")

# %% [markdown]
# ### Stride
#
# Move on by S pixels instead of one; S is the *stride* (步幅). S = 1 is what we had. Zhang's text
# says that one output is computed "each time S positions are skipped". Literally, S = 1 would then
# start at 0, 2, 4. It is one output every S positions; S - 1 of them are skipped. The larger the
# stride, the smaller the map.
#
# ### Dilation
#
# Spread the kernel: G pixels from one of its entries to the next (*dilation*, 空洞卷积). None of
# our sources has it, all frameworks do. G = 1 is no dilation. Together:

# %%
show("conv2d.z#definition", tag="5.13")

# %% [markdown]
# Mind the bar. Zhang's 5.13 has $\mathbf X(i_lS+i,\dots)$ without one, and 5.14 adds a padding. For
# three rows, kernel 3 and padding 1, the last window would read row $2+2=4$ of an image that ends
# at row 2. Here is the bar at work: pad by hand, or let the op do it; dilate by hand, or let the
# op.

# %%
x = rng.integers(-9, 10, (6, 6))
print((slide(np.pad(x, 1), sobel) == slide(x, sobel, padding=1)).all())
spread = np.zeros((5, 5))
spread[::2, ::2] = sobel
print((slide(x, spread) == slide(x, sobel, dilation=2)).all())

# %% [markdown]
# ### How many rows come out?
#
# By hand: 7 rows, kernel 3, stride 2. The windows start at row 0, 2 and 4; the one at 4 ends at row
# 6, the last. Three rows. With 8 rows? Again 0, 2 and 4; one at 6 would end at row 8, which does
# not exist. Three rows, and row 7 is read by nobody.
#
# So divide what is left beside the first window by S, *round down* (向下取整), add 1. Instead of
# rounding, this course counts what is left over: `R` rows at the end that no window reaches, fewer
# than S. With $U+2Z=(I-1)S+G(P-1)+1+R$, all of the following is proven for all sizes.

# %%
show("size_rule.floor#claim")

# %% [markdown]
# The last row of every window exists,

# %%
show("size_rule.inside#claim")

# %% [markdown]
# and there is no room for one window more:

# %%
show("size_rule.no-more#claim")

# %% [markdown]
# As printed, 5.14 and 5.15 do not round. How many rows does that make?

# %%
for rows in (6, 7, 8, 9):
    size, printed = conv2d_output_size(rows, 3, stride=2)[0], (rows - 3 + 2 * 0) / 2 + 1
    print(f"{rows} rows, kernel 3, stride 2: {size}, as printed {printed}")

# %% [markdown]
# The study notes do round, but divide by 2 where the stride belongs. For stride 2 nobody notices:

# %%
D = Derivation("notes_1_4")
outputs, P, S = D.sizes("I P S")
(R,) = D.sizes("R", least=0, below=S)
U = D.size("U", (outputs - 1) * S + P + R)
expect(Refuted, lambda: D.claim("size", D.floor(U - P, 2) + 1, outputs, because="as printed"))

# %% [markdown]
# **Stride 1, two special cases.** Without padding ("valid") an input of $U+P-1$ rows gives $U$, so
# each layer takes P - 1 rows away (5.11, 5.12):

# %%
show("unit_stride_size.valid#claim", tag="5.11")

# %% [markdown]
# An odd kernel, $P=2H+1$, with padding $H=(P-1)/2$ keeps the size ("same", 5.16 to 5.19):

# %%
show("unit_stride_size.same#claim", tag="5.18")

# %% [markdown]
# And an even one? $(4-1)/2$ is no number of rows, and the neighbours of it miss the size by one:

# %%
expect(ValueError, lambda: slide(x, np.ones((4, 4)), padding=1.5))
print([slide(x, np.ones((4, 4)), padding=padding).shape for padding in (1, 2)])
print(slide(np.pad(x, ((1, 2), (1, 2))), np.ones((4, 4))).shape)

# %% [markdown]
# Three rows are needed in all, one above and two below. That is why kernels are odd: symmetric
# padding, and a pixel in the middle that says where the kernel is.
#
# **TensorFlow.** The notes warn that TensorFlow's "valid" rounds up. It does, another quotient:
# $\lceil(U-P+1)/S\rceil$. That is the same number. (A quotient that is rounded up is written here
# as one that is rounded down.)

# %%
show("tensorflow_sizes.valid#claim")

# %% [markdown]
# TensorFlow's "same" promises $U/S$, rounded up. Write $U=(K-1)S+1+R$ with $0\le R<S$; K counts
# windows here:

# %%
show("tensorflow_same.rounded-up#claim")

# %% [markdown]
# It pads as many rows as that takes, in all, and if the number is odd the last one goes to the end:

# %%
show("tensorflow_same.same#claim")

# %%
rows, kernel_rows, S = 6, 3, 2
windows = -(-rows // S)
total = (windows - 1) * S + kernel_rows - rows
print(f"{windows} windows, padding {total}:", slide(np.pad(x, (0, 1)), sobel, stride=2).shape)

# %% [markdown]
# What cannot be is refused, with the numbers:

# %%
expect(ShapeError, lambda: slide(x, np.ones((7, 7))))
expect(ShapeError, lambda: slide(x, sobel, dilation=3))
expect(ValueError, lambda: slide(x, sobel, stride=0))

# %% [markdown]
# ## 7. Channels
#
# A colour image has three numbers per pixel. The kernel then has three layers, one for each
# channel, and *all* products go into one sum. One filter, one map, however many channels.
#
# By hand: one row of three pixels, red, red, green, each of brightness 10. Three filters compare
# neighbours: the first in the red channel, the second in all three alike, the third with red and
# green against each other.

# %%
x = np.array([[[[10.0, 10, 0]], [[0, 0, 10]], [[0, 0, 0]]]])  # n, c, u, v
weights = np.array([[[1, -1], [0, 0], [0, 0]], [[1, -1]] * 3, [[1, -1], [-1, 1], [0, 0]]])
z, _ = conv2d(x, weights[:, :, None, :].astype(float))
print(x.shape, "->", z.shape)
print(z[0, :, 0].tolist())

# %% [markdown]
# The second filter is colour-blind: red and green are equally bright, so it sees no edge. Three
# filters make three maps. The depth of the output is the number of filters, and the depth of the
# input only has to fit:

# %%
expect(ShapeError, lambda: conv2d(x, np.ones((1, 1, 1, 2))))

# %% [markdown]
# **The bias** is one number per map, not a map of numbers:

# %%
z, _ = conv2d(x, weights[:, :, None, :].astype(float), np.array([0.0, 100, 0]))
print(z[0, :, 0].tolist())

# %% [markdown]
# **Counting.** A map needs $PQC$ weights and one bias, so a layer has $(PQC+1)\,O$ parameters. Six
# 5 x 5 filters on a colour image:

# %%
print({name: array.size for name, array in Conv2d(3, 6, 5).init(rng).items()}, "not", 5 * 5 * 6)
for channels in (1, 3):
    (parameters,) = parameter_counts(Sequential(Conv2d(channels, 10, 3)))
    print(f"ten 3 x 3 filters, input channels {channels}: {parameters}")

# %% [markdown]
# The notes print $5\cdot5\cdot6$ and forget the channels, against their own section on them. They
# also say that the count does not depend on the size of the input. It does not depend on the *rows
# and columns*; on the channels it does, as the last two lines show.

# %% [markdown]
# **A kernel of 1 x 1** looks at one pixel, and at all its channels. It is a dense layer from
# channels to maps, the same for every pixel:

# %%
x, w, b = (rng.integers(-9, 10, shape) * 1.0 for shape in ((2, 3, 4, 5), (6, 3, 1, 1), (6,)))
pixels = x.transpose(0, 2, 3, 1).reshape(-1, 3)  # one row per pixel
per_pixel = affine(pixels, w[:, :, 0, 0], b)[0].reshape(2, 4, 5, 6).transpose(0, 3, 1, 2)
print((conv2d(x, w, b)[0] == per_pixel).all())

# %% [markdown]
# **A kernel as large as the image** has one place only, and is a dense layer, too (Zhang's 5.2.4):

# %%
w = rng.integers(-9, 10, (6, 3, 4, 5)) * 1.0
dense, _ = affine(flatten(x)[0], flatten(w)[0], b)
print((conv2d(x, w, b)[0] == dense[:, :, None, None]).all())

# %% [markdown]
# **Not every map needs every channel.** In Bouvrie's notes map `o` gets a set $M_o$ of input maps,
# with a kernel for each pair and one bias. (Chapter 04 learns such sets.)

# %%
chosen = Conv2d(3, 3, 5, connect=((0, 1), (1, 2), (0, 1, 2)))
print(parameter_counts(Sequential(chosen))[0], "=", 7 * 25 + 3)

# %% [markdown]
# **The layer.** Kernels, biases and then an activation, entry by entry: that is what is usually
# called one convolutional layer. The activation changes no sizes. (Chapter 02 wrote its entries
# with two indices, here they have four: each entry by itself.)

# %%
show("relu.y#definition", tag="5.21")

# %% [markdown]
# The zero, through the eight filters of section 4, without and with relu:

# %%
z, _ = conv2d(zero[None, None], eight, padding=1)
a, _ = relu(z)
feature_maps(zero, {"z": z[0], "relu": a[0]})

# %% [markdown]
# Before, opposite filters give the same map with opposite signs. After, each keeps its own edges.
#
# ## 8. Pooling
#
# *Pooling* (汇合, also 池化) makes maps smaller: one number for each window, in each map by itself.
# Most common are windows of 2 x 2 side by side. Take the largest, or the mean, or the sum:

# %%
x = np.array([[1.0, 3, 2, 1], [4, 2, 0, 1], [5, 1, 2, 2], [0, 1, 2, 6]])
pooled = [op(x[None, None], 2)[0][0, 0] for op in (max_pool2d, mean_pool2d, sum_pool2d)]
frames = [(u, v, 2, 2) for u in (0, 2) for v in (0, 2)]
row = [Table("x", x, frames=frames)]
for name, sign, y in zip(("max", "mean", "sum"), ("→", "or", "or"), pooled, strict=True):
    row.append(Table(name, y, sign=sign))
tables([row], ["windows 2 × 2, stride 2"])

# %% [markdown]
# In letters: what a window sees (with a bar for the padding of section 6),

# %%
show("max_pool2d.window#definition")

# %% [markdown]
# and which entry it chooses. `r` is 1 at the first largest entry of the window, in the order of
# reading, and 0 elsewhere. It is called the *routing*:

# %%
show("max_pool2d.y#definition", tag="5.35")

# %% [markdown]
# Why not simply write max? Because page 03b needs to know *where* the maximum was. That the two say
# the same is one of the few lines of this course that carry EXACT instead of PROVED: the rules of
# the prover cannot take a maximum apart, so the line was computed, exactly, at all the sizes
# listed, and is not shown for others.

# %%
show("max_pool_blocks.routed#claim")

# %% [markdown]
# Mean and sum:

# %%
show("mean_pool2d.y#definition")

# %%
show("sum_pool2d.y#definition")

# %% [markdown]
# Max pooling asks whether something is there, mean pooling how much of it there is on average. Max
# pooling is the more common one. Neither has anything to learn: window and stride are chosen, not
# trained.
#
# **Bounds.** Zhang's 5.20 lets the row in the window run from 0 to $F_1$, inclusive. For $F_1=2$
# that is three rows: the first window would give 5, not 4, and the last one would leave the image.
# (His 5.35 has it right.)

# %%
print(x[0:2, 0:2].max(), x[0:3, 0:3].max())
expect(IndexError, lambda: x[2 + 2, 0])

# %% [markdown]
# **Sizes** follow the rule of section 6, with rounding; the notes print $(n-f)/s+1$ and add that
# stride 2 halves the size. With 5 rows? And with 28 rows and windows of 3, which overlap?

# %%
print((5 - 2) / 2 + 1, conv2d_output_size(5, 2, stride=2)[0])
print((28 - 3) / 2 + 1, conv2d_output_size(28, 3, stride=2)[0])

# %% [markdown]
# Of 5 rows, the last one belongs to no window and is lost. An image without padding is halved
# exactly if its size is even and the window has 1 or 2 rows.
#
# **Padding** is rare here, and the two pools treat it differently. For the maximum the border
# counts as minus infinity, so that it never wins; the mean counts the zeros. A window that lies
# wholly in the border would have no maximum, so that much padding is refused. On an image of -1:

# %%
negative = -np.ones((1, 1, 4, 4))
print(max_pool2d(negative, 2, padding=1)[0][0, 0].tolist())
print(mean_pool2d(negative, 2, padding=1)[0][0, 0].tolist())
expect(ValueError, lambda: max_pool2d(negative, 2, padding=2))

# %% [markdown]
# **What is lost?** "75 % of the information", says Zhang: one number of four is kept. That is 75 %
# of the *numbers*. If all four are equal, nothing is lost at all:

# %%
blocks = np.repeat(np.repeat(pooled[0], 2, axis=0), 2, axis=1)
small, _ = max_pool2d(blocks[None, None], 2)
back = np.kron(small[0, 0], np.ones((2, 2)))  # each number 2 x 2 times
print(f"{blocks.size} numbers, {small.size} kept; all back: {(back == blocks).all()}")

# %% [markdown]
# The zero again, after relu, and pooled both ways:

# %%
by_max, by_mean = max_pool2d(a, 2)[0][0], mean_pool2d(a, 2)[0][0]
feature_maps(zero, {"relu": a[0], "max 2 × 2": by_max, "mean 2 × 2": by_mean})

# %% [markdown]
# ## 9. How far a unit sees
#
# A kernel of 3 x 3 sees little. But stack two of them:

# %%
receptive_field([(3, 1), (3, 1)])

# %% [markdown]
# A unit of the second layer sees three units of the first, and these see five pixels: two 3 x 3 see
# as much as one 5 x 5. Why? Without anything between them (in one dimension) the first layer makes

# %%
show("stacked_convolutions.first#definition")

# %% [markdown]
# and the second one, with a kernel `y` of T rows and its own stride L,

# %%
show("stacked_convolutions.second#definition")

# %% [markdown]
# Together they are *one* convolution. Its kernel has $P+S(T-1)$ rows, its stride is the product:

# %%
show("stacked_convolutions.kernel#definition")

# %%
show("stacked_convolutions.one-layer#claim")

# %% [markdown]
# That is the rule for the *receptive field* (感受野) of any stack: each layer adds $P-1$ times the
# product of all strides below it. For stride 1, the combined kernel is the full convolution of the
# two, and both ways give the same numbers:

# %%
x, first, second = (rng.integers(-9, 10, shape) for shape in ((9, 9), (3, 3), (3, 3)))
one = conv2(first, second, "full")
print(one.shape, (slide(slide(x, first), second) == slide(x, one)).all())

# %% [markdown]
# And it is cheaper. With 16 maps everywhere:

# %%
two, one = (Conv2d(16, 16, 3), Conv2d(16, 16, 3)), (Conv2d(16, 16, 5),)
print([sum(parameter_counts(Sequential(*layers))) for layers in (two, one)])

# %% [markdown]
# Nothing is free: 18 weights cannot make every one of the kernels of 25. In a network a relu stands
# between the two, so that they are *not* one layer (chapter 02, section 4). The rule of what is
# seen stays.
#
# The network for our digits, `digits_cnn`: two times a 3 x 3 kernel, then pooling by two.

# %%
receptive_field([(3, 1), (2, 2), (3, 1), (2, 2)])

# %%
sees = jump = 1
for name, size, stride in (("conv", 3, 1), ("pool", 2, 2), ("conv", 3, 1), ("pool", 2, 2)):
    sees, jump = sees + (size - 1) * jump, jump * stride
    print(f"{name}: a unit sees {sees} x {sees} pixels, neighbours are {jump} apart")

# %% [markdown]
# Ten pixels, on digits of eight: at the end every unit has seen nearly everything. Is the rule
# true? Ask the layers. Take kernels of ones and means for the maxima, so that nothing can cancel,
# feed in each single pixel of a 16 x 16 image, and count how many of them reach one unit in the
# middle:

# %%
single = np.eye(256).reshape(256, 1, 16, 16)
ones = np.ones((1, 1, 3, 3))
for _ in range(2):
    single, _ = mean_pool2d(conv2d(single, ones, padding=1)[0], 2)
reached = (single[:, 0, 1, 1] != 0).reshape(16, 16)
print(reached.any(axis=1).sum(), "x", reached.any(axis=0).sum(), "pixels")

# %% [markdown]
# ## 10. Moving the image
#
# Move a digit one pixel to the right. What happens to the output of a convolution layer? It has the
# same kernel everywhere, so it finds the same things, one place further. In one dimension: let the
# image move by T rows (zeros come in),

# %%
show("translation.shifted#definition")

# %% [markdown]
# run the layer on the image and on the moved one,

# %%
show("translation.z#definition")

# %%
show("translation.moved#definition")

# %% [markdown]
# and compare: the output moves along.

# %%
show("translation.equivariance#claim")

# %%
x = np.array([[0, 3, 5, 1, 0, 0, 0]])
print(slide(x, [[1, -1]])[0])
print(slide(np.roll(x, 2), [[1, -1]])[0])

# %% [markdown]
# This is *equivariance* (平移等变性): as the input moves, so does the output. The study notes say
# *invariance* (平移不变性). That would mean that the output *stays* the same. It does not:

# %%
D = Derivation("invariance")
(outputs, P), (T,) = D.sizes("I P"), D.sizes("T", least=0)
U = D.size("U", outputs + T + P - 1)
i, p, u = D.indices(i=outputs, p=P, u=U)
x, w = D.tensor("x", U), D.tensor("w", P)
moved = D.define("moved", (u,), x[u - T] * D.inside(u - T, U))
before, after = D.Sum(p, w[p] * x[i + p]), D.Sum(p, w[p] * moved[i + p])
expect(Refuted, lambda: D.claim("invariance", before, after, because="as the notes have it"))

# %% [markdown]
# One weight and one step suffice. With stride S the output can only move by whole places, so the
# input must move by a multiple of S:

# %%
show("strided_translation.shifted#definition")

# %%
show("strided_translation.z#definition")

# %% [markdown]
# With `moved` again for the layer on the moved image:

# %%
show("strided_translation.equivariance#claim")

# %% [markdown]
# A step of 2 is fine with stride 2, a step of 1 gives something else altogether:

# %%
x = np.array([[0, 3, 5, 1, 0, 0, 0, 0]])
for step in (0, 2, 1):
    print(f"moved by {step}:", slide(np.roll(x, step), [[1, -1]], stride=2)[0])

# %% [markdown]
# ### What pooling adds
#
# A maximum over a window does not care where in the window it is. So after pooling, a small step
# changes less. How much less? All test digits in a wide black frame, as they are and one pixel to
# the right; the eight edge filters with relu; and the length of the difference, relative to the
# length of the features.

# %%
framed = np.pad(digits.x_test, ((0, 0), (0, 0), (4, 4), (4, 4)))
edges, moved = (relu(conv2d(x, eight)[0])[0] for x in (framed, np.roll(framed, 1, axis=3)))


def changed(name, low, high, pool=np.copy):
    difference = np.linalg.norm(pool(edges) - pool(moved)) / np.linalg.norm(pool(edges))
    measured(difference, low, high, label=f"{name}: relative change")


changed("edges", 0.75, 0.95)
changed("max 2 x 2", 0.5, 0.7, lambda x: max_pool2d(x, 2)[0])
changed("max 4 x 4", 0.25, 0.5, lambda x: max_pool2d(x, 4)[0])
changed("max of the whole map", 0, 1e-12, lambda x: max_pool2d(x, 14)[0])

# %% [markdown]
# Less and less: pooling makes the network *approximately* invariant, to small steps. Only the
# maximum of the whole map is invariant, as long as nothing leaves the image, and it has forgotten
# where everything was.
#
# Who needs that? Whoever has learnt from centred digits only. The linear classifier of section 1 on
# test digits moved by one pixel:

# %%
for step, low, high in ((0, 0.94, 0.98), (1, 0.3, 0.5)):
    predicted = predict(linear, dense_run.params, np.roll(digits.x_test, step, axis=3))
    measured(accuracy(predicted, digits.t_test), low, high, label=f"moved by {step}: accuracy")

# %% [markdown]
# ## 11. Whole networks
#
# A network for images begins with convolution, relu and pooling, in turns, and ends with dense
# layers and a number per class. Its scores are a function of all layers, $s=h(x)$ (5.22), and the
# loss is the one of chapter 01. The best way to read such a network is a table of sizes. The model
# fills it itself:


# %%
def table(model, *shape):
    x = np.zeros((1, *shape))
    print(f"{'input':38}{' x '.join(map(str, shape)):>14}{x.size:>8,}")
    params = model.init(np.random.default_rng(0))
    for layer, arrays, count in zip(model.layers, params, parameter_counts(model), strict=True):
        x, _ = layer.apply(arrays, x)
        size = " x ".join(map(str, x.shape[1:]))
        print(f"{layer!s:38}{size:>14}{x.size:>8,}{count:>10,}")
    print(f"{'parameters':60}{sum(parameter_counts(model)):>10,}")


# %% [markdown]
# The notes have a network of convolutions only, for colour images of 39 x 39. Fill in the sizes
# with a pencil first: rows and columns shrink, channels grow.

# %%
pure = Sequential(
    *(Conv2d(3, 10, 3), Relu(), Conv2d(10, 20, 5, stride=2), Relu()),
    *(Conv2d(20, 40, 5, stride=2), Relu(), Flatten(), Affine(7 * 7 * 40, 10)),
)
table(pure, 3, 39, 39)

# %% [markdown]
# The columns are the layer, its output, how many numbers that is, and its parameters. Flattened,
# 1960 numbers go into the last layer.
#
# Their second example is for 32 x 32, in the manner of LeNet-5. (The pictures of the notes are
# lost; we take 8 maps first, as in the table of the course. With 6 maps the layers have 456 and
# 2,416.)

# %%
lecture = Sequential(
    *(Conv2d(3, 8, 5), Relu(), MaxPool2d(2), Conv2d(8, 16, 5), Relu(), MaxPool2d(2), Flatten()),
    *(Affine(400, 120), Relu(), Affine(120, 84), Relu(), Affine(84, 10)),
)
table(lecture, 3, 32, 32)

# %% [markdown]
# Read two claims of the notes against it. "The convolutions have few parameters, the dense layers
# many": 3,824 against 59,134, true. (They correct the table of the course to $48000+120$,
# $120\cdot84+84$ and $84\cdot10+10$, which is what you see.) "The amount of data becomes smaller
# and smaller": from 3,072 it *grows* to 6,272 first.
#
# (What counts as a layer? Zhang counts convolution, relu, pooling and dense each as one, Bouvrie
# convolution and pooling, the notes only what has parameters. So do not be surprised by the "5" in
# LeNet-5. And who chooses all these sizes? Take those that worked for others, advise the notes.)
#
# Now the two of this course. `digits_cnn` reads our digits on page 03b. Without pooling its maps
# would stay 8 x 8:

# %%
table(digits_cnn(), 1, 8, 8)
(parameters,) = parameter_counts(Sequential(Affine(32 * 8 * 8, 10)))
print(f"without pooling the last layer alone would have {parameters:,}")

# %% [markdown]
# And LeNet-5, as one writes it today:

# %%
table(lenet5(), 1, 28, 28)

# %% [markdown]
# (None of these nets has a relu after its last layer: scores may be negative.)
#
# Parameters are not work. A convolution uses each of its weights at every place:

# %%
layers = {"conv 1": (6 * 25, 28 * 28), "conv 2": (16 * 6 * 25, 10 * 10)}
layers["dense"] = (400 * 120 + 120 * 84 + 84 * 10, 1)
for name, (weights, places) in layers.items():
    print(f"{name}: {weights:6,} weights x {places:3} places = {weights * places:7,} products")

# %% [markdown]
# The first layers have 4 % of the weights and do 86 % of the work. What does a network see before
# it has learnt anything? Here is `digits_cnn` with random weights, and the zero:

# %% tags=["loose-figure"]
net, maps = digits_cnn(), {}
params, x = net.init(np.random.default_rng(0)), zero[None, None]
for layer, arrays in zip(net.layers, params, strict=True):
    x, _ = layer.apply(arrays, x)
    if not isinstance(layer, Conv2d | Flatten):
        maps[f"{len(maps) + 1}: {type(layer).__name__}"] = x[0]
feature_maps(zero, maps)

# %% [markdown]
# Random filters are not bad filters: the ring is still there in several of the first maps. What is
# missing is somebody to tell them which digits there are. That is page 03b.
#
# ## 12. Nine questions
#
# The study notes open with nine questions for the reader. You can answer them now, or soon:
#
# | question | answer | where |
# |---|---|---|
# | 1. Why are kernels odd? | symmetric padding, and a middle | section 6 |
# | 2. What decides the number of output channels? | the number of filters | 7 |
# | 3. What does a convolution layer consist of? | kernels, one bias per map, an activation | 7 |
# | 4. How does pooling differ? | chosen window and stride, nothing learnt, maps kept apart | 8 |
# | 5. How does pooling pass a gradient back? | to the maximum, or in equal shares | page 03b |
# | 6. How many parameters? | $(PQC+1)\,O$, with the channels | 7, 11 |
# | 7. Why convolutions? | few weights, local, and they move with the image | 2, 10 |
# | 8. How do shared weights learn? | the gradients of all places add up | page 03b |
# | 9. The gradient of relu, and relu against sigmoid? | a mask; it vanishes less | chapter 02 |
#
# (The notes give eight answers. Question 8 has none, and their eighth answer belongs to question
# 9.)
#
# ## 13. On your own
#
# Pencil first, then add cells and check.

# %% [markdown]
# **a.** Image (0, 0, 4, 4, 0, 0), kernel (-1, 1), no padding. Which numbers come out? And with the
# proper convolution?
#
# <details><summary>Solution</summary>
#
# $x_{j+1}-x_j$: 0, 4, 0, -4, 0. With the kernel turned, the signs change: 0, -4, 0, 4, 0.
#
# ```python
# print(slide([[0, 0, 4, 4, 0, 0]], [[-1, 1]]), conv2([[0, 0, 4, 4, 0, 0]], [[-1, 1]], "valid"))
# ```
# </details>

# %% [markdown]
# **b.** Find 3 x 3 kernels which, with padding 1, leave an image as it is, move it one pixel to the
# right, and blur it.
#
# <details><summary>Hint and solution</summary>
#
# The output at `j` of a row is $w_0x_{j-1}+w_1x_j+w_2x_{j+1}$. As it is: a 1 in the middle. To the
# right: the output should be the left neighbour, so the 1 stands in the middle row, at the *left*.
# (The proper convolution would have it at the right.) Blur: nine times 1/9, and the border gets
# darker. Why?
# </details>

# %% [markdown]
# **c.** How many rows, maps and parameters has `Conv2d(16, 32, 3, stride=2, padding=1)` on 16 maps
# of 28 x 28? Which row of the padded image is read by no window?
#
# <details><summary>Solution</summary>
#
# $\lfloor(28+2-3)/2\rfloor+1=14$ rows, 32 maps, $(3\cdot3\cdot16+1)\cdot32=4640$ parameters. The
# last window starts at row 26 and ends at 28; the padded image ends at 29, so one row of zeros at
# the end, $R=1$.
# </details>

# %% [markdown]
# **d.** Which padding keeps the size for an odd kernel with dilation G and stride 1?
#
# <details><summary>Hint and solution</summary>
#
# The kernel spans $G(P-1)+1$ rows. So $2Z=G(P-1)$, and $Z=G(P-1)/2$ is whole, since $P-1$ is even:
# `slide(np.ones((9, 9)), sobel, dilation=3, padding=3).shape`.
# </details>

# %% [markdown]
# **e.** How many layers of 3 x 3 with stride 1 does it take until a unit sees 39 pixels? And if
# each has stride 2?
#
# <details><summary>Solution</summary>
#
# Each adds 2: $1+2\cdot19=39$, nineteen layers. With stride 2 they add 2, 4, 8, 16, 32: after four
# layers 31, after five 63. Check with `receptive_field([(3, 2)] * 5)`.
# </details>

# %% [markdown]
# **f.** Relu first and then max pooling, or the other way round: does it matter? And with mean
# pooling?
#
# <details><summary>Solution</summary>
#
# For the maximum it does not: relu keeps the order, so the largest entry stays the largest. The
# second order has a quarter of the relus to compute. The mean does mind: of (-1, 1), relu first
# gives 1/2, mean first 0.
# </details>

# %% [markdown]
# **g.** For which kernels are convolution and correlation the same? Which of the filters of section
# 4 change their sign when turned, and what does that mean for relu?
#
# <details><summary>Solution</summary>
#
# Those that turning by 180 degrees does not change: `(rot180(w) == w).all()`, such as the blur. All
# edge filters here change their sign (`rot180(sobel)` is `-sobel`): turned, they find the same
# edges with the opposite sign, and after a relu exactly the other ones.
# </details>

# %% [markdown]
# **h.** In section 10 the digits have a frame of four black pixels. Leave it out. Is the maximum
# over the whole map still the same? Why?
#
# <details><summary>Hint and solution</summary>
#
# `np.roll` brings back at the left what leaves at the right, and without padding the kernel does
# not see edges at the border of the image. For about half of the digits some maxima change.
# Equivariance speaks of windows that lie inside both times; what happens at the border is not
# covered.
# </details>

# %% [markdown]
# ## Sources
#
# - H. Zhang, *深度学习基础及数学原理* (Foundations and mathematics of deep learning), 2016:
# sections 5.1 and 5.2, equations 5.1 to 5.22; 5.35. Prose, code, numbers and pictures here are our
# own.
# - *卷积神经网络——卷积层、池化层和激活函数*, study notes on a course by A. Ng, 2018: sections 1.1
# to 1.10.
# - J. Bouvrie, *Notes on Convolutional Neural Networks*, 2006, sections 1 and 3.1, in a Chinese
# retelling (zouxy09, 2013): connections and weights, chosen input maps, `conv2`.
# - manutdzou, *为什么CNN反向传播计算梯度时需要将权重旋转180度*, 2016: convolution and correlation,
# the 3 x 3 image with the 2 x 2 kernel.
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, *Gradient-based learning applied to document
# recognition*, Proc. IEEE 86(11), 1998: LeNet-5.
# - TensorFlow's documentation of `tf.nn.convolution`: the sizes of "valid" and "same".
# - E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
# Repository, [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0: the digits.
#
# What we say differently from the sources, and where it was shown above:
#
# | place | as printed | here |
# |---|---|---|
# | Zhang 5.2 | every layer is affine and relu | the last one has no relu (section 11) |
# | Zhang 5.3 | labels 1 to K | 0 to K - 1 (1) |
# | Zhang 5.4 | rows $w_0$ to $w_{n-1}$ | one row per output, to $w_{n_l-1}$ (chapter 02, section 3) |
# | Zhang 5.7, 5.8 | $\mathbf W\odot\mathbf X$ | the sum of the products (1) |
# | Zhang 5.2.1 | $\mathbf W\in\mathbb R^{H_{F1}\times W_{F2}\times\dots}$ | $F_1\times F_2\times\dots$ |
# | Zhang 5.2.1 | S positions are skipped | S - 1 are (6) |
# | Zhang 5.13 with 5.14 | the index leaves the image | the padded image (6) |
# | Zhang 5.14, 5.15 | not rounded | rounded down (6) |
# | Zhang 5.16, 5.17 | $(F-1)/2$ | for odd $F$; else unequal (6) |
# | Zhang 5.20 | $0\le i\le F_1$ | $0\le i<F_1$, as in 5.35 (8) |
# | Zhang 5.2.2 | 75 % of the information | of the numbers (8) |
# | Bouvrie, retold, 3.1.1 | turn before `conv2` by definition | turn to undo its turning (5) |
# | rot180 page | "by the convolution theorem"; a bias per place | by definition; one bias per map (5, 7) |
# | study notes 1.2 | the middle 0, the sides as different as possible | the sum 0 (4) |
# | study notes 1.4 | divided by 2 | by the stride (6) |
# | study notes 1.4 | TensorFlow's "valid" differs | the same number (6) |
# | study notes 1.6 | independent of the size of the input | of rows and columns (7) |
# | study notes 1.6 | number of parameter updates | of parameters (7) |
# | study notes 1.8 | $(n-f)/s+1$; stride 2 halves | rounded down; not always (8) |
# | study notes 1.9 | the data becomes smaller and smaller | it grows first (11) |
# | study notes 1.10 | $5\cdot5\cdot6$ parameters | $5\cdot5\cdot3\cdot6+6$ (7) |
# | study notes 1.10 | translation invariance | equivariance (10) |
# | study notes 1.1 | eight answers | to nine questions (12) |
#
# Next: page 03b, how a convolutional network learns.

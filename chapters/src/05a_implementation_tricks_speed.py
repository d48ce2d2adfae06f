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
# # Implementation tricks: numbers and speed
#
# The formulas of the first four chapters are right for real numbers, and for programs that nobody
# waits for. A machine has other numbers, and people wait. This page asks what becomes of a formula
# when its numbers have a fixed length, and in how many ways one can compute the same convolution.
#
# **What you will do.** Break the softmax with a score of 1000, repair it, and see that the repair
# of the textbook is not enough for the loss. Write a convolution with seven loops, with four, as
# one product of matrices, in blocks, through a Fourier transform, and with 16 multiplications where
# the definition has 36. Fold an image around a circle by mistake. Count.
#
# **What you will learn.** *Overflow* (上溢), *underflow* (下溢), *log-sum-exp*, the *ULP* (末位单位), and
# why stable is not the same as precise; `im2col` and its adjoint `col2im`; the *discrete Fourier
# transform* (离散傅里叶变换), the *convolution theorem* (卷积定理) and what its textbook form leaves out;
# Winograd's *minimal filtering* (最小滤波算法).
#
# **What you need.** Chapter 01, sections 4, 5 and 11; chapter 03, both pages. Two hours. How to
# descend faster and how not to learn by heart is the other half of this chapter, page 05b.

# %%
# %matplotlib inline
import inspect
import time
import tracemalloc

import numpy as np
import sympy

from cnnmath import col2im, conv2d, cross_entropy, im2col, log_softmax, softmax

# %%
from cnnmath.course.convolution_loops import four_loops, loop_depth, products, seven_loops
from cnnmath.course.figures import image_grid
from cnnmath.course.figures_counts import multiplications_over
from cnnmath.course.figures_fourier import around_the_circle
from cnnmath.course.figures_im2col import copies, copies_back, patch_matrix
from cnnmath.course.figures_numerics import ulp_over_gap
from cnnmath.course.figures_ways import fastest_ways, memory_of_ways, times_of_ways
from cnnmath.course.figures_winograd import AT, BT, G, winograd_tile
from cnnmath.course.multiplications import per_output
from cnnmath.course.present import expect, measured
from cnnmath.course.rounding import rounding_errors
from cnnmath.course.show import show
from cnnmath.course.sweeps import sweep
from cnnmath.course.symbolic import symbols
from cnnmath.data import load_digits

# %%
from cnnmath.ledger import implementation_fourier_checks as fourier_checks
from cnnmath.ledger import implementation_im2col_checks as im2col_checks
from cnnmath.ledger import implementation_numerics_checks as numerics
from cnnmath.ops.conv_blocked import blocked_value
from cnnmath.ops.conv_cost import PRICES, Layer, cheapest
from cnnmath.ops.conv_fft import fft_value
from cnnmath.ops.conv_methods import METHODS
from cnnmath.ops.windows import windows
from cnnmath.proof.derivation import Derivation
from cnnmath.proof.verdict import Refuted
from cnnmath.results.lookup import line

# %% [markdown]
# The numbers at the right of the formulas are those of H. Zhang's text of 2016, chapter 6.
#
# | here | Zhang | what |
# |---|---|---|
# | `x[n,c,u,v]` | $\mathbf X(i,j,d)$ | input: sample, channel, row, column |
# | `w[o,c,p,q]`, `b[o]` | $\mathbf W(i,j,d,d_l)$, $b_{d_l}$ | kernels, biases |
# | `z[n,o,i,j]` | $\mathbf A(i_l,j_l,d_l)$ | output maps |
# | P, Q; I, J | $F_1$, $F_2$; $H_l$, $W_l$ | sizes of a kernel, of an output map |
# | `r`, `s` | $p$, $q$ | row, column of the patch matrix |
# | L, `k` | $N$, - | length of a transform, a frequency of it |
#
# (So `s` with two indices is a score, as in chapter 01, and as an index it is a column. In the
# sections on transforms `k` counts frequencies, not classes.)
#
# ## 1. Numbers of fixed length
#
# A float has a sign, an exponent, and a fixed number of binary digits: 24 in float32, which is
# seven decimal digits, 53 in float64, sixteen. What does not fit is rounded away. From $2^{24}$ on,
# float32 has no odd numbers:

# %%
for number in (2**24 - 1, 2**24, 2**24 + 1, 2**24 + 3):
    print(number, int(np.float32(number)))

# %% [markdown]
# So adding 1 to 16,777,216 changes nothing, and the *order* of a sum matters. Three numbers, added
# in two orders:

# %%
a, one = np.float32(2**24), np.float32(1)
print(int((a + one) - a), int((a - a) + one))

# %% [markdown]
# The distance from a float to the next one is its *ULP*, the unit in the last place (末位单位). It is
# the right ruler for errors: half a ULP is the best that rounding allows, two or three are very
# good, and from $2^{23}$ ULP on in float32 no digit is right.

# %%
for number in (1.0, 1000.0, 2.0**24):
    print(f"{number:>10.0f}   float32 {np.spacing(np.float32(number)):.2g}", end="")
    print(f"   float64 {np.spacing(number):.2g}")

# %% [markdown]
# Small differences of large numbers show the rounding of the large ones. And because the sums of a
# convolution are taken in another order by each of the ways below, they will agree to the last bit
# only where nothing is rounded. That is why this page compares them on *whole numbers*.
#
# ## 2. A softmax that does not break
#
# Here is the softmax (归一化指数函数) again, once as a formula and once as a program that does what the
# formula says:

# %%
show("softmax_shift.p#definition", tag="6.1")


# %%
def textbook(s):
    with np.errstate(all="ignore"):
        e = np.exp(s)
        return e / e.sum(axis=1, keepdims=True)


# %% [markdown]
# If all K scores are equal, each class gets $1/K$, whatever the score is:

# %%
show("stable_softmax.equal#claim", tag="6.2")

# %%
for score in (1.0, -1000.0, 1000.0):
    print(f"{score:6.0f}   textbook {textbook(np.full((1, 3), score))[0]}", end="")
    print(f"   ours {softmax(np.full((1, 3), score))[0][0].round(4)}")

# %% [markdown]
# `exp(-1000)` is smaller than the smallest float. It becomes 0, *underflow* (6.3), and the quotient
# 0/0 is no number (6.4). `exp(1000)` is larger than the largest and becomes infinite, *overflow*
# (6.5); so does the quotient inf/inf (6.6). Where does it begin? Ask the machine, by bisection:

# %%
for dtype in (np.float64, np.float32):
    low, high = numerics.first_underflow(dtype), numerics.first_overflow(dtype)
    print(f"{np.dtype(dtype).name}: exp is 0 from {low:.2f} down, infinite from {high:.2f} up")

# %% [markdown]
# A score of 90 is enough in float32. Scores that large do occur: nothing in a network bounds them.
#
# ### The shift
#
# Chapter 01 (section 11) has shown in three steps, 6.7 to 6.9, that the same number added to all
# scores of a row changes no probability:

# %%
show("softmax_shift.shift#any", tag="6.10")

# %% [markdown]
# Any number: so choose one that helps. Take away the largest score.

# %%
show("softmax_shift.stable#max", tag="6.11")

# %% [markdown]
# Why does that help? Let `t` be the class with the largest score. After the shift its exponent is
# 0,

# %%
show("stable_softmax.e#definition")

# %%
show("stable_softmax.top#claim")

# %% [markdown]
# and all other exponents are at most 0, so nothing overflows. The denominator is 1 and the rest,

# %%
show("stable_softmax.denominator#claim")

# %% [markdown]
# and the rest is not negative. (A bracket is its own square; that is how the checker sees it.)

# %%
show("stable_softmax.squared#claim")

# %%
show("stable_softmax.rest#not-negative")

# %% [markdown]
# At least 1: no 0/0. Small terms may still underflow to 0, but now they are small *beside a 1*, and
# nobody misses them. By hand, with scores 1000 and 1001: the exponents are -1 and 0, the
# exponentials 0.368 and 1, so the probabilities are $0.368/1.368=0.269$ and 0.731.

# %%
print(
    textbook(np.array([[1000.0, 1001.0]]))[0], softmax(np.array([[1000.0, 1001.0]]))[0][0].round(3)
)

# %% [markdown]
# ### And the loss?
#
# The source stops here. But training needs $-\log p$, and that is another matter. The shifted
# softmax, and then the logarithm, for scores 0 and $-g$:


# %%
def shifted(s):
    return textbook(s - s.max(axis=1, keepdims=True))


for g in (10.0, 40.0, 800.0):
    s = np.array([[0.0, -g]])
    with np.errstate(divide="ignore"):
        log_p = -np.log(shifted(s)[0])
    print(
        f"g = {g:3.0f}   -log of the shifted {log_p + 0.0}   -log_softmax {0.0 - log_softmax(s)[0][0]}"
    )

# %% [markdown]
# Two accidents. For the class that is behind, the probability $e^{-800}$ underflows, and its
# logarithm is infinite, where the true loss is 800. For the class that is *ahead*, the probability
# $1/(1+e^{-40})$ is rounded to 1, and the loss $e^{-40}$ to 0. It is small, but it is not 0, and it
# has sixteen good digits if one asks for it in the right way. From which $g$ on does this happen?
# Here the labels are `y=1`, the class behind, and `y=0`, the class ahead:

# %%
print(numerics.lost_in_the_logarithm().replace("; ", "\n"))

# %% [markdown]
# So from a lead of 17 on in float32, and of 37 in float64, this loss says that there is nothing
# left to learn. The cure is to take the logarithm *before* anything is lost, by hand:

# %%
show("softmax_shift.err#definition")

# %%
show("softmax_shift.loss#max")

# %% [markdown]
# The logarithm of a sum of exponentials with the maximum taken out is called *log-sum-exp*. One
# digit saver is left. Under the logarithm stands 1 plus something tiny. Do not add the 1:
# `np.log1p(rest)` is $\log(1+\mathrm{rest})$, with all digits. This is the whole op `log_softmax`,
# up to masks:

# %%
s = np.array([[0.0, -40.0], [1000.0, 1060.0]])
top = s.max(axis=1, keepdims=True)
e = np.exp(s - top)
rest = e.sum(axis=1, keepdims=True, where=s < top)  # ties need more care; the op takes it
print(np.array_equal((s - top) - np.log1p(rest), log_softmax(s)[0]))

# %% [markdown]
# The lesson is about interfaces as much as about formulas: a loss should be given *scores*, not
# probabilities. Once the probability is rounded to 1, no function behind it can bring the digits
# back. (`cross_entropy(s, t)` takes scores, and so does every framework that offers both. The
# gradient has a trap of the same kind, $p_t-1$; chapter 01 has taken it out.)

# %%
s, t = np.array([[40.0, 0.0]], np.float32), np.array([0])
print(f"{cross_entropy(s, t)[0]:.6g}   true {np.exp(-40.0):.6g}")

# %% [markdown]
# ### Stable is not precise
#
# How many digits are right? Three classes, the first one ahead by a growing lead, float32; ten rows
# for each lead, the worst error of each formula, in ULP, against values of 50 digits. "Shifted" is
# the source, "ours" are the ops.

# %% tags=["loose-figure"]
gaps = range(0, 111, 2)
errors = rounding_errors(np.float32, gaps)
ulp_over_gap(gaps, errors, np.float32)

# %% [markdown]
# Crosses at the top mark an infinite or undefined answer where the true one is a plain number: the
# errors there are infinite, and how high a cross stands means nothing. Values below the normal
# floats are left out. So from a lead of about 88 on the first panel judges the class ahead alone,
# whose probability is 1 (error 0, drawn at the bottom), the second only the classes behind, and the
# third, the loss of the class ahead, nothing at all. In words:
#
# - **Softmax, textbook.** Two or three ULP as long as it works at all, then nothing.
# - **Softmax, shifted and ours.** Never breaks, and loses digits on the way: some tens of ULP at a
#   lead of 60.
# - **Log-softmax and cross-entropy.** The logarithm of a softmax, shifted or not, loses everything
#   at a lead of about 17. Taken before, it loses as little as the softmax does.

# %%
at = list(gaps).index
for lead, low, high in ((0, 0.5, 6), (16, 0.5, 12), (60, 0.5, 12)):
    measured(errors["softmax"]["textbook"][at(lead)], low, high, label=f"textbook, lead {lead}")
for lead, low, high in ((0, 0.3, 6), (16, 2, 40), (60, 10, 120)):
    measured(errors["softmax"]["ours"][at(lead)], low, high, label=f"ours, lead {lead}")
for lead, low, high in ((10, 1e3, 1e6), (18, 1e7, 1.8e7), (60, 1e7, 1.8e7)):
    loss = errors["cross-entropy"]["shifted"][at(lead)]
    measured(loss, low, high, label=f"loss after the shifted softmax, lead {lead}")

# %% [markdown]
# Why does the stable formula have *more* error than the textbook where both work? Because it
# subtracts first. A difference near 60 is rounded to a multiple of its ULP; that error is absolute,
# and `exp` makes it *relative*: an error of $\varepsilon$ in the exponent is a factor of
# $1+\varepsilon$ in the result.

# %%
largest = np.spacing(np.float32(60)) / 2  # of the rounding of a difference between 32 and 64
print(f"{largest:.3g} in the exponent, {largest / np.finfo(np.float32).eps:g} to", end=" ")
print(f"{2 * largest / np.finfo(np.float32).eps:g} ULP in the result")

# %% [markdown]
# (A ULP of a number between two powers of 2 is between `eps/2` and `eps` of it.) Some tens of ULP
# out of sixteen million leave six of the seven digits. Nobody trains worse for it. It is a good
# bargain; but a bargain it is: *stable* means that nothing breaks, *precise* means that the digits
# are right, and the two are proven by different arguments. The shift invariance above is exact for
# all real numbers and says nothing of either.
#
# ## 3. Seven loops, and four
#
# Now to speed. What is to be computed is the convolution layer of chapter 03 (卷积层):

# %%
show("conv_layer.z#definition", tag="6.12")

# %% [markdown]
# Read as a program, each letter is a loop: four for the places of the output, three for the sum.
# The source counts $1+3+3=7$. Ask Python how deep the loops stand in each other:

# %%
print(loop_depth(seven_loops), loop_depth(four_loops))
print(inspect.getsource(four_loops).split('"""')[-1])

# %% [markdown]
# This is the second way: the three sums are one product of arrays, window times kernel, and four
# loops are left. The first has three more loops in place of that product. How many products do they
# make? Run them on numbers that count:

# %%
small = (1, 2, 6, 6), (3, 2, 3, 3)  # two channels of 6 x 6, three maps, kernels 3 x 3
print(products(seven_loops, *small), products(four_loops, *small), "=", 3 * 4 * 4 * 2 * 3 * 3)

# %% [markdown]
# The same 864 products. But each round of a Python loop has its price, whether it makes one product
# or a thousand. So the art is to hand over *few, large* pieces of work. All ways below loop at most
# over the entries of the kernel and over blocks of images.
#
# From here on all ways are asked to agree with the definition, on whole numbers:

# %%
rng = np.random.default_rng(0)
shapes = (2, 3, 7, 8), (4, 3, 3, 3), (4,)
x, w, b = (rng.integers(-9, 10, shape).astype(float) for shape in shapes)
z = seven_loops(x, w, b)
print(np.array_equal(four_loops(x, w, b), z), np.array_equal(conv2d(x, w, b)[0], z))

# %% [markdown]
# ## 4. One product of matrices
#
# Products of matrices are what computers do best. Whole careers have gone into them, and they run
# near the peak of the machine. Can a convolution be one? Take each window and write it down as a
# *row*. An image of 3 x 3 and a kernel of 2 x 2 have four windows of four numbers:

# %%
image, kernel = np.arange(1.0, 10).reshape(3, 3), np.array([[1.0, 2], [3, 4]])
patch_matrix(image, kernel, 1, 0)

# %% [markdown]
# This is `im2col`. The matrix of all windows is called the *patch matrix*; its columns belong to
# the entries of the kernel. The product of row and kernel is the sum of the definition, and the
# four numbers, read in the order of the rows, are the output map. Several images and channels only
# make it longer and wider:

# %%
patches, flat = im2col(x, 3), w.reshape(4, -1).T
print(x.shape, "->", patches.shape, " kernels:", w.shape, "->", flat.shape)
rows = patches @ flat + b
print(np.array_equal(rows.reshape(2, 5, 6, 4).transpose(0, 3, 1, 2), z))

# %% [markdown]
# In letters. The image stands in a border of Z zeros,

# %%
show("im2col_product.xp#definition")

# %% [markdown]
# and entry `r, s` of the patch matrix is the one pixel that the window number `r` sees through the
# kernel entry number `s`. S, Z and G are stride, padding and dilation (chapter 03, section 6). The
# sums do nothing but find the place whose number is `r`, and the entry whose number is `s`:

# %%
show("im2col_product.patches#definition")

# %%
show("im2col_product.kernels#definition")

# %% [markdown]
# The numbering is the one of NumPy: the last letter runs fastest. That every number belongs to
# exactly one place has to be proven, or else the matrix would have holes, or rows that are sums of
# two windows:

# %%
show("row_major_places.once#claim")

# %% [markdown]
# And one can get back, by quotient and remainder:

# %%
show("row_major_places.i#claim")

# %%
show("row_major_places.j#claim")

# %% [markdown]
# For the columns, with three digits, the same: quotients and remainders of `s` make `s` again.

# %%
show("row_major_places.number#claim")

# %% [markdown]
# So the two numberings are *bijections* (双射). With that, the entry at the number of a place is what
# the window there sees,

# %%
show("im2col_product.place#claim")

# %%
show("im2col_product.kernel#claim")

# %% [markdown]
# and the product is the convolution, for every size, stride, padding and dilation:

# %%
show("im2col_product.product#claim", tag="6.20, row by row")

# %% [markdown]
# ### The order
#
# The source numbers differently: down the columns of the map first (*column-major*, 列优先), and
# likewise in the kernel. It has one image, with the channels last, and no padding. Row and column
# of the pixel, 6.16 and 6.17, stand in the last line:

# %%
show("column_major_places.once#claim", tag="6.18")

# %%
show("column_major_places.number#claim", tag="6.19")

# %%
show("im2col_of_the_source.place#claim", tag="6.16, 6.17")

# %%
show("im2col_of_the_source.a#definition", tag="6.20")

# %%
show("im2col_of_the_source.z#definition")

# %%
show("im2col_of_the_source.product#claim")

# %% [markdown]
# Both orders are right. Mixed, they are not. Patches down the columns, and the result brought into
# shape by NumPy, which goes along the rows; the kernel is a single 1, so the output should be the
# image:

# %%
two = np.array([[[[1.0, 2], [3, 4]]]])
for order in "CF":
    column = im2col(two, 1, order=order) @ np.ones((1, 1))
    for back in "CF":
        print(f"patches {order}, reshape {back}: {column.reshape(2, 2, order=back).tolist()}")

# %% [markdown]
# The image is transposed, without an error, and on square maps the shapes even fit. (The *kernels*
# have an order, too. `C` is row by row, `F` column by column, as in NumPy; F is for Fortran.) Which
# of the eight combinations are right? The source does not say that all three must agree:

# %%
print(im2col_checks.orders_must_agree())

# %% [markdown]
# ### The way back
#
# A product of matrices has a simple gradient: chapter 02. What arrives is written as a matrix, a
# row for each place,

# %%
show("im2col_gradients.da#definition")

# %% [markdown]
# the gradient of the kernels is the transposed patch matrix times that, and it is the one of
# chapter 03:

# %%
show("im2col_gradients.dw#claim")

# %% [markdown]
# For the input, each *copy* of a pixel gets its own share,

# %%
show("im2col_gradients.back#definition")

# %% [markdown]
# and the pixel gets them all. A pixel that was copied k times has k shares, and they add up. Here
# is the image of 3 x 3 again. The pixel in the middle was seen by four windows, each time through
# another weight:

# %%
copies_back(kernel, kernel, 1, 1)

# %% [markdown]
# (In this picture `dz` is 1, 2, 3, 4 and so is the kernel.) This adding up is called `col2im`. It
# is the *adjoint* (伴随, transpose) of `im2col`, not its inverse. These brackets ask where a copy
# came from,

# %%
show("im2col_gradients.rows#definition")

# %%
show("im2col_gradients.columns#definition")

# %% [markdown]
# and what comes out is the input gradient of chapter 03, for every stride, padding and dilation:

# %%
show("im2col_gradients.dx#claim")

# %% [markdown]
# **The SymPy cell**, the program with `method="im2col"` on letters, one entry of each gradient:

# %%
x_, w_, dz_ = symbols("x", 1, 1, 3, 3), symbols("w", 1, 1, 2, 2), symbols("dz", 1, 1, 2, 2)
z_, backward = conv2d(x_, w_, method="im2col")
E, (dx, dw, _) = (dz_ * z_).sum().expression, backward(dz_)
by_sympy = sympy.diff(E, x_[0, 0, 1, 1].expression)
print(by_sympy, "  difference:", by_sympy - dx[0, 0, 1, 1].expression)
by_sympy = sympy.diff(E, w_[0, 0, 1, 0].expression)
print(by_sympy, "  difference:", by_sympy - dw[0, 0, 1, 0].expression)

# %% [markdown]
# **Break it.** In NumPy `dx[places] += shares` looks like adding up, and is not: if a place occurs
# twice, the last one wins. The picture above, computed so, and as it should be:

# %%
places = im2col(np.arange(9.0).reshape(1, 1, 3, 3), 2).astype(int)  # where each copy came from
shares = np.outer(kernel, kernel)
wrong, right = np.zeros(9), np.zeros(9)
wrong[places] += shares
np.add.at(right, places, shares)
print(wrong.reshape(3, 3).tolist())
print(right.reshape(3, 3).tolist(), np.array_equal(right, col2im(shares, (1, 1, 3, 3), 2).ravel()))

# %% [markdown]
# ### What it costs
#
# Memory. How often is each pixel copied?

# %%
print(copies(4, 2))

# %%
show("patch_copies.copies#definition")

# %% [markdown]
# P Q times inside, which is where most pixels are,

# %%
show("patch_copies.interior#claim")

# %% [markdown]
# less at the edge, and once in the corners,

# %%
show("patch_copies.edge#claim")

# %%
show("patch_copies.corner#claim")

# %% [markdown]
# and in total as many as the matrix has entries:

# %%
show("patch_copies.total#claim")

# %% [markdown]
# ("Every element occurs several times", says the source. Those in the corners do not, and where
# windows do not overlap, that is with a stride of at least P, nobody is copied twice.)

# %%
show("windows_apart.once#claim")

# %% [markdown]
# So the patch matrix takes $PQ\,IJ/(UV)$ times the memory of the image. For 3 x 3 kernels that is
# nearly nine, and for 11 x 11 it is a hundred:

# %%
for size, side in ((56, 3), (56, 5), (227, 11)):
    one_map = np.ones((1, 1, size, size), np.float32)
    times = im2col(one_map, side).size / one_map.size
    print(f"{size} x {size}, kernel {side} x {side}: {times:.2f} times as large")

# %% [markdown]
# ### Another matrix that copies
#
# The Kronecker product (克罗内克积) copies, too: each entry to a block, which is how Bouvrie's notes
# sample a map up (chapter 04, section 2). They describe it as the product "of a matrix of ones with
# the map". In that order it does something else:

# %%
ones = np.ones((1, 2))
print(np.kron(kernel, ones).tolist(), np.kron(ones, kernel).tolist())

# %%
show("kronecker.up#definition")

# %%
show("kronecker.up#claim")

# %%
show("kronecker.tiled#definition")

# %%
show("kronecker.tiles#claim")

# %% [markdown]
# The first factor says where, the second what. With the ones first, it lays tiles.
#
# ## 5. The production path
#
# The patch matrix of a whole batch does not fit the cache of a processor. It is written to main
# memory and read back, and for narrow layers this takes longer than the product. What can be saved?
#
# **Copy only the shifts along a row.** Look at the patch matrix of section 4: its columns 2 and 3,
# for the lower row of the kernel, are its columns 0 and 1, a window row further down. If the Q
# shifts along the columns are there, what kernel row `p` sees is a *slice* of them, and needs no
# copy:

# %%
shifts = np.stack([image[:, q : q + 2] for q in range(2)])  # Q copies, all rows of the image
print(shifts.tolist())
seen = [shifts[:, p : p + 2].reshape(2, -1) for p in range(2)]  # slices of them, one per kernel row
print(kernel[0] @ seen[0] + kernel[1] @ seen[1])

# %% [markdown]
# 37, 47, 67, 77, as before, from 12 copied numbers in place of 16. In general it is $CQ\,UJ$
# numbers in place of $CPQ\,IJ$, about P times less, and P products of matrices, one per kernel row,
# added up. Give the rows of the kernel the wrong slices, and it is turned upside down, without an
# error:

# %%
print(
    kernel[0] @ seen[1] + kernel[1] @ seen[0],
    conv2d(image[None, None], np.flipud(kernel)[None, None])[0].ravel(),
)

# %% [markdown]
# **Block.** Take so many images at a time that the copies stay in the cache, and throw them away
# after use. **Images last.** In the copies the sample is the last axis, so that what is copied is a
# long stretch of memory, and not eight numbers at a time. This is the way that `conv2d` takes for
# most layers, called "blocked":

# %%
print(inspect.getsource(blocked_value))

# %% [markdown]
# (Where the stride skips rows, or where many maps are made from few channels, all P Q shifts are
# copied, of one block at a time, for one product.)
# One sample at a time or many, the numbers are the same, and so is the derivation: each `method` of
# `conv2d` is run on symbols and compared with the formula of chapter 03.

# %%
for method in ("im2col", "blocked"):
    print(method, np.array_equal(conv2d(x, w, b, method=method)[0], z))

# %% [markdown]
# How much memory, at its peak, for eight images of 56 x 56 with 16 channels, to 16 maps? The image
# and the result have 1.5 MiB each.

# %%
large = [rng.standard_normal(s).astype(np.float32) for s in ((8, 16, 56, 56), (16, 16, 3, 3))]
for method, low, high in (("im2col", 14, 18), ("blocked", 2, 5)):
    tracemalloc.start()
    conv2d(*large, padding=1, method=method)
    measured(tracemalloc.get_traced_memory()[1] / 2**20, low, high, label=f"{method}: MiB at most")
    tracemalloc.stop()

# %% [markdown]
# **No gradient that nobody needs.** The first layer of a network passes nothing back: its input is
# the image. `need_dx=False` saves a third of the multiplications of that layer; the networks of
# this course do so.

# %%
_, backward = conv2d(x, w, need_dx=False)
print(backward(np.ones_like(z))[0])

# %% [markdown]
# ## 6. Fourier
#
# Another idea altogether. A *Fourier transform* (傅里叶变换) turns a convolution into a product, number
# by number, and there is a fast algorithm for it. The source says so in one line: $\mathfrak
# F(f*g)=\mathfrak F(f)\cdot\mathfrak F(g)$ (6.13). Try it with the smallest example that is not
# trivial: (0, 1) convolved with itself. As polynomials that is $t\cdot t=t^2$, so it should be (0,
# 0, 1).

# %%
f = np.array([0.0, 1.0])
print(np.convolve(f, f), np.fft.ifft(np.fft.fft(f) * np.fft.fft(f)).real.round(12))

# %% [markdown]
# It came out as (1, 0). The theorem of the source is true for functions on the whole line. The
# transform that a computer has is another one.
#
# ### The discrete transform
#
# Let $\omega_L$ be the complex number that goes once around the unit circle in L steps (a *root of
# unity*, 单位根). The *discrete* Fourier transform of L numbers is

# %%
show("fourier_transform.X#definition")

# %% [markdown]
# By hand for L = 2: $\omega_2=-1$, so (a, b) becomes (a + b, a - b). Everything rests on one
# geometric sum. Going around in equal steps adds up to 0, unless each step is a full turn:

# %%
show("fourier_transform.orthogonal#claim")

# %% [markdown]
# With it the transform can be undone. Put the definition of `X` in, take the sum over frequencies
# first,

# %%
show("fourier_transform.inverse#collect")

# %%
show("fourier_transform.inverse#sift")

# %% [markdown]
# and only `a = i` is left. (The numbers are complex; but those of frequency L - k are the
# conjugates of those of frequency k if `x` is real. So half of them will do, which `np.fft.rfft`
# makes use of.)

# %%
show("fourier_transform.conjugate#claim")

# %% [markdown]
# ### Around the circle
#
# Now two arrays `f` and `g` of length L. What is the transform of what convolution? Let `y` collect
# all products with `a + b = i`, *and those with `a + b = i + L`*:

# %%
show("circular_convolution.F#definition")

# %%
show("circular_convolution.G#definition")

# %%
show("circular_convolution.y#definition")

# %% [markdown]
# That is the *circular* convolution (循环卷积): places are counted on a circle, and after L - 1 one is
# back at 0. Its transform is the product, for all lengths:

# %%
show("circular_convolution.theorem#collect")

# %%
show("circular_convolution.theorem#product", tag="6.13, corrected")

# %% [markdown]
# And back. The roots only know $a+b-i$ up to multiples of L, and that is the whole trouble:

# %%
show("circular_convolution.inverse#collect")

# %%
show("circular_convolution.inverse#circular")

# %% [markdown]
# So what is too long goes round and comes in again at the front. (1, 2, 3) and (1, 10), in
# transforms of length 3 and of length 4:

# %%
around_the_circle([1, 2, 3], [1, 10], [3, 4])

# %% [markdown]
# The remedy is in the picture: zeros at the end, until there is room. Arrays of A and B numbers
# need $L\ge A+B-1$. Then no two places `a` and `b` reach once around:

# %%
show("linear_convolution.padded#collect")

# %%
show("linear_convolution.padded#linear")

# %%
print(np.fft.ifft(np.fft.fft(f, 3) * np.fft.fft(f, 3)).real.round(12))

# %% [markdown]
# ### The layer is a correlation
#
# The source goes on with the layer, and prints (6.15): the inverse transform of $\mathfrak
# F(\mathbf X)\odot\mathfrak F(\mathbf W_{d_l})$, plus the bias. Image (1, 2, 3), kernel (1, 10),
# padded with a zero, or there would be nothing to multiply:

# %%
row, taps = np.array([1.0, 2, 3]), np.array([1.0, 10])
printed = np.fft.ifft(np.fft.fft(row) * np.fft.fft(taps, 3)).real.round(12)
print(
    "as printed:",
    printed,
    " the layer:",
    conv2d(row[None, None, None], taps[None, None, None])[0][0, 0, 0],
)

# %% [markdown]
# Nowhere in (31, 12, 23) do you find 21 and 32. Four things are missing:
#
# 1. **The conjugate** (共轭). The layer is a *correlation*, its kernel is not turned (chapter 03,
#    section 5). Turning an array around changes the sign of the angles, and for real numbers that
#    is the complex conjugate of the spectrum.
# 2. **The zeros.** The kernel must be padded to the length of the image, or the spectra do not fit.
# 3. **The crop.** Only $I=U-P+1$ places of the result are the layer. The others have gone round.
# 4. **The sum over the channels**, before the way back.
#
# The first three, in one dimension. (The crop has a bonus: the places that went round are just
# those that are thrown away, so that L = U is enough here, and the image needs no zeros.)

# %%
show("valid_correlation.X#definition")

# %%
show("valid_correlation.W#definition")

# %%
show("valid_correlation.crop#collect")

# %%
show("valid_correlation.crop#valid")

# %%
spectra = np.fft.fft(row) * np.fft.fft(taps, 3).conj()
print(np.fft.ifft(spectra).real.round(12), "of which the first two are the layer")

# %% [markdown]
# The whole layer, with channels, padding, and both directions. In two dimensions one transforms the
# columns and then the rows, or the other way round:

# %%
show("rows_of_columns.columns#definition")

# %%
show("rows_of_columns.rows#definition")

# %%
show("rows_of_columns.both#columns-first")

# %%
show("rows_of_columns.both#rows-first")

# %% [markdown]
# The maps stand behind a border of Z zeros. (In front only: on a circle, what is before the first
# is also behind the last.) A bar means conjugate:

# %%
show("fourier_layer.X#definition")

# %%
show("fourier_layer.W#definition")

# %%
show("fourier_layer.z#collect")

# %% [markdown]
# and this is 6.15, corrected:

# %%
show("fourier_layer.z#layer")

# %% [markdown]
# As a program it is short: transform, a product of matrices per frequency (that is the sum over the
# channels), transform back, crop. `lengths` are rounded up to products of 2, 3 and 5.

# %%
print(inspect.getsource(fft_value).split('"""')[-1])

# %%
by_fourier, _ = conv2d(x, w, b, method="fft")
print(np.array_equal(by_fourier.round(), z))
measured(abs(by_fourier - z).max(), 0, 1e-11, label="largest difference before rounding")

# %% [markdown]
# The roots of unity are no whole numbers, so there is something to round, even here. The gradients
# are products of the same spectra: `dx` is a true convolution, without the conjugate, and `dw` a
# correlation of the image with what arrives. They are proven, too:

# %%
for address in ("fourier_input_gradient.dx#fourier", "fourier_kernel_gradient.dw#fourier"):
    print(f"{address}: {line(address).verdict}")

# %% [markdown]
# **Break it**, on the zero from the page *Start here*. A kernel of 5 x 5 with a single 1, below its
# middle: with padding 2 the layer moves the digit up by two rows. Then the transforms without any
# zeros, and then without the conjugate:

# %%
zero = load_digits(np.float64).x_train[19]
lift = np.zeros((5, 5))
lift[4, 2] = 1
layer = conv2d(zero[None], lift[None, None], padding=2, method="fft")[0][0, 0]
digit, spectrum = np.fft.fft2(zero[0]), np.fft.fft2(lift, (8, 8))
circular = np.roll(np.fft.ifft2(digit * spectrum.conj()).real, (2, 2), (0, 1))
convolved = np.roll(np.fft.ifft2(digit * spectrum).real, (-2, -2), (0, 1))
pictures = np.stack([zero[0], layer, circular, convolved]).clip(0, 1)
image_grid(pictures, ["digit", "the layer", "no zeros", "no conjugate"], columns=4)

# %% [markdown]
# (`np.roll` puts the middle of the kernel where padding 2 has it.) In the third picture the two
# rows that left at the top come in again at the bottom. In the fourth the digit moves the wrong
# way, and goes round on the other side. Nothing complains. In numbers, the last row of each, pixels
# from 0 to 16:

# %%
for name, picture in zip(("digit", "layer", "no zeros", "no conjugate"), pictures, strict=True):
    print(f"{name:13}", (16 * picture[-1]).round().astype(int))

# %% [markdown]
# ### What it costs, and what it cannot do
#
# The definition of the transform takes $L^2$ multiplications by roots, the *fast* transform (FFT,
# 快速傅里叶变换) $\frac L2\log_2L$ if L is a power of 2: it splits the even places from the odd ones, and
# again, and again. Both counted, with exact roots (in the whole numbers modulo a prime, where
# nothing is rounded):

# %%
print(fourier_checks.halving_against_the_sum())

# %% [markdown]
# The cost does not depend on the size of the kernel. That is the point of it. With a stride S the
# transforms still compute every place, of which one in $S^2$ is kept:

# %%
print(fourier_checks.places_thrown_away())

# %%
expect(ValueError, lambda: conv2d(x, w, b, stride=2, method="fft"))

# %% [markdown]
# And mind the digits. In a transform everything is mixed with everything, so the rounding error of
# each output is measured by the largest number of the *whole image*. An image of ones, one pixel of
# $10^8$ in the corner, kernel of ones. Far away from that pixel each output is 9:

# %%
bright, ones = np.ones((1, 1, 16, 16), np.float32), np.ones((1, 1, 3, 3), np.float32)
bright[0, 0, 0, 0] = 1e8
far = conv2d(bright, ones, method="fft")[0][0, 0, 3:, 3:]
print("by sums:", np.unique(conv2d(bright, ones, method="im2col")[0][0, 0, 3:, 3:]))
measured(abs(far - 9).max(), 0.2, 20, label="largest error by transforms")

# %% [markdown]
# A NaN in one pixel reaches, likewise, every output of its image. In ordinary images, where all
# pixels are of one size, the transform is as precise as the sum.
#
# ## 7. Winograd
#
# Two outputs in a row, kernel of three: six products. Can it be done with fewer? Compute instead

# %%
show("winograd_row.m0#definition")

# %%
show("winograd_row.m1#definition")

# %%
show("winograd_row.m2#definition")

# %%
show("winograd_row.m3#definition")

# %% [markdown]
# Four products, each of a sum of `d` and a sum of `g`. Then

# %%
show("winograd_row.y0#claim")

# %%
show("winograd_row.y1#claim")

# %% [markdown]
# Do check the first one by hand: the halves of `m1` and `m2` add up to $d_1g_1+d_2(g_0+g_2)$, and
# `m0` takes the $d_2g_0$ away again. With d = (1, 2, 3, 4) and g = (1, 10, 100): `m` is -2,
# $5\cdot55.5$, $1\cdot45.5$, -200, and $-2+277.5+45.5=321$, which is $1+20+300$.
#
# The sums of the kernel are made once, for all windows of all images. Those of the input are
# additions and subtractions. As matrices, $B^\top d$, $Gg$ and $A^\top m$:

# %%
print("Bᵀ =", *BT.astype(int), sep="\n")
print("G =", *G, sep="\n")
print("Aᵀ =", *AT.astype(int), sep="\n")

# %% [markdown]
# Now two dimensions: the rows by this recipe, and each of its products, which are products of rows,
# by the recipe again. A tile of 4 x 4 pixels gives 2 x 2 outputs with $4\cdot4=16$ multiplications,
# where the sum has $4\cdot9=36$:

# %%
tile = np.array([[1.0, 2, 0, 1], [0, 1, 3, 1], [2, 1, 0, 0], [1, 0, 1, 2]])
weights = np.array([[2.0, 0, 0], [1, 4, 1], [0, 0, 2]])
winograd_tile(tile, weights)

# %%
print(conv2d(tile[None, None], weights[None, None])[0][0, 0].tolist())

# %% [markdown]
# Proven with any number of channels; the sum over them is taken before the last step. One of the
# sixteen `m`, and one of the four outputs (the others are proven alike):

# %%
show("winograd_tile.m00#definition")

# %%
show("winograd_tile.m11#definition")

# %%
show("winograd_tile.y00#claim")

# %%
for place in ("01", "10", "11"):
    print(place, line(f"winograd_tile.y{place}#claim").verdict)

# %% [markdown]
# A layer is cut into tiles that overlap by two rows and columns. Each output stands in exactly one
# tile:

# %%
show("winograd_cover.once#claim")

# %% [markdown]
# And at an odd size the last tile sticks out; it sees zeros there, and its outputs are dropped. On
# the whole numbers of section 3, where the halves are exact:

# %%
print(np.array_equal(conv2d(x, w, b, method="winograd")[0], z))

# %% [markdown]
# Backwards, `dx` is the same algorithm on `dz`, with the kernel turned (chapter 03), and `dw`, here
# its first entry, is the transposed algorithm. Both lines are proven, and too wide for this page:

# %%
for address in ("winograd_turned.dx#claim", "winograd_adjoint.dw00#claim"):
    print(f"{address}: {line(address).verdict}")

# %% [markdown]
# **Break it.** One wrong sign in $B^\top$: `m2` with $d_1-d_2$ in place of $d_2-d_1$.

# %%
D = Derivation("wrong_sign")
d, g, (p,) = D.tensor("d", 4), D.tensor("g", 3), D.indices(p=3)
half = D.fraction(1, 2)
m0, m1 = (d[0] - d[2]) * g[0], (d[1] + d[2]) * half * (g[0] + g[1] + g[2])
m2 = (d[1] - d[2]) * half * (g[0] - g[1] + g[2])
expect(
    Refuted, lambda: D.claim("y0", m0 + m1 + m2, D.Sum(p, g[p] * d[p]), because="one wrong sign")
)

# %% [markdown]
# What happens to a picture? The wrong matrix does no harm in a flat region, where $d_1=d_2$. It
# errs where pixels differ, at edges, which are what a convolution is for.

# %%
wrong_BT = BT.copy()
wrong_BT[2] *= -1
for name, pixels in (("flat", np.ones((4, 4))), ("edge", np.tile([1.0, 1, 0, 0], (4, 1)))):
    made = [AT @ ((G @ weights @ G.T) * (m @ pixels @ m.T)) @ AT.T for m in (BT, wrong_BT)]
    print(name, *(each.tolist() for each in made))

# %% [markdown]
# Winograd's way is for 3 x 3 kernels at stride 1, and says so:

# %%
expect(ValueError, lambda: conv2d(large[0], np.ones((1, 16, 5, 5), np.float32), method="winograd"))

# %% [markdown]
# (There are recipes for other sizes. Their matrices have larger numbers, and lose digits.)
#
# ## 8. Counting
#
# Six ways, one answer. How many multiplications does each of them make? Run on numbers that count,
# the layer of section 3. (Fourier is missing, since roots of unity are no fractions.)

# %%
ways = {"seven loops": seven_loops, "four loops": four_loops}
for method in ("im2col", "blocked", "winograd"):
    ways[method] = lambda x, w, b, method=method: conv2d(x, w, b, method=method)[0]
for name, convolution in ways.items():
    print(f"{name:12}{products(convolution, *small):5}")

# %% [markdown]
# Loops, im2col and blocks differ in how they *walk*, not in what they multiply. Winograd's 468 are
# $16\cdot4$ for each of the six pairs of maps, and 14 for the halves of each kernel; a larger image
# would not need these again.
#
# For larger layers, by formula. A multiplication of complex numbers is four of real ones; a
# transform of A numbers is taken for $\frac A4\log_2A$ complex multiplications. All numbers are per
# output entry and per map that comes in, so that the plain sum has $P^2$: first over the size of
# the kernel, for eight images with 64 maps of 56 x 56, then over the number of maps, then over
# their rows.

# %%
base = fourier_checks.Shape(samples=8, channels=64, maps=64, size=56)
sides, maps, sizes = (1, 3, 5, 7, 11, 21, 31), (1, 4, 16, 64, 256), (7, 14, 28, 56, 112, 224)
multiplications_over(base, 3, kernels=sides, channels=maps, sizes=sizes)

# %%
print("kernel   sum  Fourier  Winograd")
for side in sides:
    plain, fourier, tiles = per_output(base, side)
    print(f"{side:6}{plain:6.0f}{fourier:9.2f}{tiles or '':>10}")

# %%
print("maps   sum  Fourier  Winograd   (3 x 3)")
for count in maps:
    plain, fourier, tiles = per_output(base._replace(channels=count, maps=count), 3)
    print(f"{count:4}{plain:6.0f}{fourier:9.2f}{tiles:10.2f}")

# %%
print("rows   sum  Fourier  Winograd   (3 x 3)")
for count in sizes:
    plain, fourier, tiles = per_output(base._replace(size=count), 3)
    print(f"{count:4}{plain:6.0f}{fourier:9.2f}{tiles:10.2f}")

# %% [markdown]
# On paper, then:
#
# - **Fourier** does not care about the kernel, except that a wide border needs longer transforms.
#   From 5 x 5 on it needs a fifth of the sum's multiplications and less. It needs *maps*: the
#   transforms are shared by all pairs of maps, and with one map they are nearly everything.
# - **Winograd** is 9/4 at even sizes, always, and nothing outside of 3 x 3. At 7 x 7 outputs it
#   computes 8 x 8, and the gain falls to 1.7.
# - At 3 x 3 with many maps the two are level.
#
# The source says that transforms gain much for large kernels and little for 3 x 3. Counted for four
# layers, from 3 to 128 maps that come in:

# %%
print(fourier_checks.kernels_that_pay())

# %% [markdown]
# **Counts are not times.** What is not in them: the additions (a multiplication and an addition
# cost the same today, and often come as one instruction); the way through memory (spectra and
# transformed tiles are written and read back, 16 numbers for every 4 of the image in Winograd's
# case); and how well the product of matrices is fed: one large product runs near the peak of the
# machine, sixteen smaller ones or one per frequency do not. Who saves half of the multiplications
# and runs them at a third of the speed has lost. So measure.
#
# ## 9. Which way is fastest: measured
#
# All ways but the loops are methods of `conv2d`. Times on your machine would differ, so the
# pictures come from a long run of `benchmarks/convolution_ways.py`, which is committed with its
# numbers. This was the machine:

# %%
found = sweep("convolution_ways")
rows = found["rows"]
print(found["machine"]["cpu"], "one thread,", found["dtype"], "NumPy", found["machine"]["numpy"])

# %% [markdown]
# Three series: kernels from 1 x 1 to 31 x 31 (eight images of 64 x 64, four maps); maps from 1 to
# 256 (four images of 28 x 28, kernel 3 x 3); images from 4 x 4 to 128 x 128 (eight of them, sixteen
# maps, 3 x 3). Both scales are logarithms: a step up is ten times the time. The rings are what
# `method="auto"` took, of which below.

# %%
times_of_ways(rows)

# %% [markdown]
# The fastest way of each layer, and how many times longer the next one took:


# %%
def table_of(series):
    for size, (way, lead) in fastest_ways(rows, series).items():
        print(f"{series} {size:4}   {way:9} next one {lead:6.2f} times as long")


table_of("kernel")

# %%
table_of("channels")

# %%
table_of("size")

# %% [markdown]
# So blocks win nearly everywhere. Compare with section 8:
#
# - **Fourier** should have won from 5 x 5 on. It wins when kernels are *much* larger, and then by
#   far: its line is flat. With many maps it never does: one small product per frequency is the
#   worst that one can ask of a machine.
# - **Winograd** should have been 9/4 ahead everywhere. It is behind, until the maps are some
#   hundreds and the products so long that the transforms beside them are small change.
# - **im2col** makes exactly the products of the blocks. At 1 x 1 it is level with them, and the
#   larger the kernel the further behind. The difference is memory.
# - **Loops** in Python lose by orders of magnitude, the more so the larger the layer:

# %%
for loops in ("four loops", "seven loops"):
    slower = [
        row["forward_us"][loops] / row["forward_us"]["blocked"]
        for row in rows
        if loops in row["forward_us"]
    ]
    print(f"{loops}: {min(slower):.0f} to {max(slower):.0f} times the time of the blocks")

# %% [markdown]
# Memory, at the peak of the forward pass, its result included:

# %%
memory_of_ways(rows)

# %%
for row in [row for row in rows if row["sweep"] == "kernel" and row["kernel"] in (3, 11, 31)]:
    numbers = "   ".join(f"{way} {mib:.1f}" for way, mib in row["peak_mib"].items())
    print(f"kernel {row['kernel']:2}, MiB:   {numbers}")

# %% [markdown]
# ### Let the program choose
#
# `method="auto"`, which is what you get if you say nothing, counts the work of each way from the
# sizes, puts a price on it, and takes the cheapest; for the value, `dx` and `dw` each by itself.
# Seven kinds of work have seven prices, in nanoseconds for a float32:

# %%
for name, nanoseconds in PRICES._asdict().items():
    print(f"{name:12}{nanoseconds:9.3g}")

# %% [markdown]
# A multiplication in a product of matrices is cheap; a number that is carried from here to there
# costs as much as forty of them, at a stride seventy, and a call of NumPy as much as eighty
# thousand. This is the whole story of this page in seven numbers. (They were fitted to the times of
# 100 random layers by `benchmarks/convolution_prices.py`. Only their ratios matter, and those
# change slowly from machine to machine. Transforms and tiles round more than sums do; they are
# taken if they promise to save a sixth, and transforms only for kernels of a hundred entries or
# more.)


# %%
def choice(part, images, channels, maps, size, side):
    layer = Layer(
        images, channels, maps, windows("conv2d", (size, size), (side, side), 1, side // 2)
    )
    ways = METHODS.keys() if side == 3 else METHODS.keys() - {"winograd"}
    return cheapest(part, layer, frozenset({*ways, "scattered"}))


for sizes in ((64, 1, 8, 8, 3), (8, 4, 4, 64, 31), (4, 256, 256, 28, 3), (4, 256, 256, 5, 3)):
    print(sizes, [f"{part}: {choice(part, *sizes)}" for part in ("value", "dx", "dw")])

# %% [markdown]
# ("Scattered" is the strided way back of chapter 03: one product gives what each window returns,
# and it is added where it belongs.) How much is lost against the best way, had one known it? The
# *regret* of a choice is its time over that of the best way, less one. Over all layers of the
# benchmark:

# %%
for name, each in found["regret"].items():
    print(f"{name:18} median {each['median']:6.1%}   mean {each['mean']:6.1%}", end="")
    print(f"   largest {each['largest']:7.1%}")

# %% [markdown]
# "Blocked" is what one would lose by always taking the blocks: nothing in half of the cases, and
# several times the time in the worst. The same numbers come out whatever is chosen, up to rounding:

# %%
for method in ("auto", *METHODS):
    print(f"{method:9}", np.array_equal(conv2d(x, w, b, method=method)[0].round(), z))

# %% [markdown]
# Here and now, a live look at one layer, 16 images with 16 maps of 32 x 32. How many times longer
# does im2col take than the blocks? (The band is wide: machines differ.)


# %%
def seconds(method):
    start = time.process_time()
    conv2d(*layer, padding=1, method=method)
    return time.process_time() - start


layer = [rng.standard_normal(s).astype(np.float32) for s in ((16, 16, 32, 32), (16, 16, 3, 3))]
ratio = min(seconds("im2col") for _ in range(5)) / min(seconds("blocked") for _ in range(5))
measured(ratio, 1.05, 40, label="im2col / blocked")

# %% [markdown]
# ### How to get there
#
# Where does the time of the blocks go? A profile of two layers of the benchmark below, the one where
# we are furthest behind and the one that takes longest, sorted by what the lines of the program do
# (`benchmarks/profile_conv2d.py`):

# %%
for profile in sweep("profile_conv2d")["profiles"]:
    for each in profile["passes"]:
        whole = sum(each["kinds_ms"].values())
        print(f"{profile['shape']}, {each['pass']}, {whole:.1f} ms")
        for kind, ms in each["kinds_ms"].items():
            print(f"    {ms / whole:4.0%} {kind}")

# %% [markdown]
# Most of it is the product of matrices, which NumPy gives to a library (BLAS). The rest is carrying
# and adding, and in layers as small as those of LeNet also the calls. What is ours is how the
# product is fed, and these are the things that helped:
#
# 1. **Blocks** that fit the cache, and slices in place of copies (section 5).
# 2. **The same memory again.** An array of a megabyte that is made new for every block costs more
#    than what is done with it: the system has to find and clear its pages.
# 3. **Images last**, so that a copy runs over long stretches.
# 4. **The right size for a product.** Less than some hundreds of columns, and the kernels are read
#    too often; a handful of maps, and the library is faster with several small products than with
#    one large.
# 5. **No gradient that nobody needs**: `dx` of the first layer.
# 6. **Masks by bits.** Behind a small convolution, `np.where(mask, dy, 0)` took as long as the
#    convolution; the bits of a float *and* those of the mask take a fraction of it. (Not times the
#    mask: infinity times 0 is not 0.)
#
# ### Beside PyTorch
#
# PyTorch's convolution on a CPU is written by hand for this processor, in C++. Ours is a page of
# NumPy. `benchmarks/conv2d.py` lets them take turns, one thread, float32. First the ratio of times,
# ours over theirs, so that 1.5 means that ours takes half as long again; then the share of the
# machine's best rate for a product of matrices that our forward pass reaches:

# %%
beside = sweep("conv2d")
print(f"{'layer':22} forward   with backward   of the best rate")
for row in beside["rows"]:
    ratios = [
        row[key]["rows"][1]["cnnmath_time_over_this"] for key in ("forward", "forward_and_backward")
    ]
    share = row["forward_gflops"]["cnnmath"] / row["gemm"]["gflops"]
    print(f"{row['name']:22} {ratios[0]:7.2f} {ratios[1]:15.2f} {share:18.0%}")

# %% [markdown]
# And a whole training step of the networks of this course, with batches of 64: forward, loss,
# backward, update. "With modules" is the way one writes it in PyTorch, "by functions" is the least
# that it can be brought down to:

# %%
for model in sweep("training_steps")["models"]:
    times = {row["name"]: row["cnnmath_time_over_this"] for row in model["rows"]}
    print(f"{model['name']:20} with modules {times['torch, nn + optim']:5.2f}", end="")
    print(f"   by functions {times['torch, functions']:5.2f}")

# %% [markdown]
# Without convolutions NumPy is faster than PyTorch with modules, since there is less between the
# lines. With them it is behind. What would close the gap is not in NumPy: a kernel that never
# writes the copies to memory, but gathers them while it multiplies.

# %% [markdown]
# ### Beside others that use NumPy alone
#
# `benchmarks/rivals.py` runs the same layers and training steps by every package that it can find on
# PyPI and that computes with nothing but NumPy. Of each layer the fastest of them counts: its time
# over ours, so that 2 means that ours takes half as long.

# %%
rivals = sweep("rivals")
print(", ".join(rival["name"] for rival in rivals["rivals"] if rival["status"] == "measured"))
print(f"\n{'':22} mean (geometric)   least")
for what, found in rivals["summary"].items():
    print(f"{what.replace('_', ' '):22} {found['geometric_mean']:16.2f}", end="")
    print(f" {found['least']:7.2f}  {found['least_at']}")

# %% [markdown]
# ## 10. On your own
#
# Pencil first, then add cells and check.

# %% [markdown]
# **a.** Scores (-2000, -2000 + log 3), float64. What do the textbook, the shifted softmax and
# `-log` of its entries give? Is anything wrong with the losses here?
#
# <details><summary>Solution</summary>
#
# The textbook: 0/0 twice. Shifted: the exponents are $-\log 3$ and 0, so $\frac13/\frac43=\frac14$
# and $\frac34$; the losses $\log 4$ and $\log\frac43$ are fine. The logarithm is lost only where a
# lead is large, not where the scores are.
#
# ```python
# s = np.array([[-2000.0, -2000 + np.log(3)]])
# print(textbook(s), shifted(s), -np.log(shifted(s)), -log_softmax(s)[0])
# ```
#
# (The digits after the twelfth are gone, though: they were lost when the score was written down.)
# </details>

# %% [markdown]
# **b.** An image of 3 x 3, a kernel of 2 x 2. At which places of the patch matrix does the pixel
# `x[1,2]` stand? In row-major order, and in column-major order.
#
# <details><summary>Hint and solution</summary>
#
# Row $i+p=1$ and column $j+q=2$: with two columns of windows only $j=1$, $q=1$ will do, and $i=0$,
# $p=1$ or $i=1$, $p=0$. Row-major $r=2i+j$, $s=2p+q$: (1, 3) and (3, 1). Column-major $r=i+2j$,
# $s=p+2q$: (2, 3) and (3, 2).
#
# ```python
# pixel = np.zeros((1, 1, 3, 3))
# pixel[0, 0, 1, 2] = 1
# print(*(np.argwhere(im2col(pixel, 2, order=order)).tolist() for order in "CF"))
# ```
# </details>

# %% [markdown]
# **c.** `col2im(im2col(x))` is not `x`. What is it, and when is it `x`?
#
# <details><summary>Solution</summary>
#
# `x` times the number of its copies: `x * copies(...)`. It is `x` if every pixel is seen exactly
# once, for example with a stride as large as the kernel that leaves no remainder.
#
# ```python
# x9 = np.arange(9.0).reshape(1, 1, 3, 3)
# print(col2im(im2col(x9, 2), x9.shape, 2)[0, 0] == x9[0, 0] * copies(3, 2))
# ```
# </details>

# %% [markdown]
# **d.** A map of 28 rows, kernel 5, padding 2. How long must the transform be at least, and which
# length does the program take? Why not $28+2+2$?
#
# <details><summary>Solution</summary>
#
# The outputs are 28, the kernel is 5, and the image with its border in front has 30 rows: L = 30,
# which is $2\cdot3\cdot5$ and needs no rounding. The border behind the image is the one in front of
# it, on a circle.
#
# ```python
# from cnnmath.ops.conv_fft import transform_lengths
#
# print(transform_lengths(windows("conv2d", (28, 28), (5, 5), padding=2)))
# ```
# </details>

# %% [markdown]
# **e.** How many multiplications does Winograd need for 5 x 5 outputs of one map, how many the sum?
# Which share of its products is wasted?
#
# <details><summary>Solution</summary>
#
# Three rows of three tiles, $9\cdot16=144$ against $25\cdot9=225$. The tiles make 36 outputs, of
# which 11 are dropped, 31 %.
#
# ```python
# print(products(ways["winograd"], (1, 1, 7, 7), (1, 1, 3, 3)) - 14)
# ```
# </details>

# %% [markdown]
# **f.** Which kernels survive if the conjugate is forgotten, up to a shift? And why do tests with
# such kernels, or with images of one colour, find nothing?
#
# <details><summary>Solution</summary>
#
# Without the conjugate it is the true convolution, a correlation with the turned kernel. If
# `rot180(w)` is `w`, such as for the usual blur, it makes no difference. An image of one colour
# gives the sum of the weights at each place, whichever way they are turned.
#
# ```python
# square = np.ones((3, 3))
# print((square[::-1, ::-1] == square).all(), (lift[::-1, ::-1] == lift).all())
# ```
# </details>

# %% [markdown]
# ## Sources
#
# - H. Zhang, *深度学习基础及数学原理* (Foundations and mathematics of deep learning), 2016: sections 6.1 and
#   6.2, equations 6.1 to 6.20. Prose, code, numbers and pictures here are our own.
# - J. Bouvrie, *Notes on Convolutional Neural Networks*, 2006, in a Chinese retelling (zouxy09,
#   2013): section 3.4.
# - S. Winograd, *Arithmetic Complexity of Computations*, SIAM, 1980; A. Lavin, S. Gray, *Fast
#   Algorithms for Convolutional Neural Networks*, CVPR 2016: the matrices of section 7.
# - J. W. Cooley, J. W. Tukey, *An algorithm for the machine calculation of complex Fourier series*,
#   Mathematics of Computation 19, 1965: the fast transform.
# - E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning
#   Repository, [doi:10.24432/C50P49](https://doi.org/10.24432/C50P49), CC BY 4.0: the digits.
#
# What we say differently from the sources, and where it was shown above:
#
# | place | as printed | here |
# |---|---|---|
# | Zhang 6.1 | the shift solves the problem | of the probabilities, not of the loss (section 2) |
# | Zhang 6.13 | the transform of $f*g$ is the product | for transforms of length L: circular, or padded (6) |
# | Zhang 6.15 | $\mathfrak F(\mathbf X)\odot\mathfrak F(\mathbf W_{d_l})$ | conjugate, zeros, sum, crop (6) |
# | Zhang 6.2.2 | every element occurs several times | once in the corners, once if windows are apart (4) |
# | Zhang 6.2.2 | nothing on the order of the last reshape | column-major like the two matrices (4) |
# | Bouvrie, retold, 3.4 | Kronecker product of ones with the map | of the map with ones (4) |
#
# Next: page 05b, optimisers, regularisation and data.
